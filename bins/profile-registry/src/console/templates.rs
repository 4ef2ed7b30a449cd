//! `/console/templates`: what profiles are made of, and what is sold of it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{extract::State, response::Response};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{badge, empty},
};
use profile_store::template::shipped;
use rusqlite::Connection;
use serde_json::Value;

use super::{
    grid::grid,
    words::{fen, none},
};
use crate::{BooksError, failure, provisioning::Product, registry::Registry, routes::templates::Shipped};

pub(super) async fn page(State(registry): State<Arc<Registry>>, visit: Visit) -> Result<Response, Problem> {
    let templates: Vec<Shipped> =
        shipped().map(|(name, files)| Shipped::read(name, &files)).collect::<Result<_, _>>()?;
    let sold = registry.books.read(sold).await.map_err(failure::books)?;
    let body = html! { @for template in &templates { (one(&visit, &registry, template, &sold)) } };
    Ok(visit.page(visit.language.say("Templates", "模板"), body))
}

fn one(visit: &Visit, registry: &Registry, template: &Shipped, sold: &BTreeMap<String, u64>) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let of_it = |product: &&Product| product.options().template == template.name;
    let products: Vec<&Product> = registry.provisioner.catalog().iter().filter(of_it).collect();
    html! {
        section.panel id=(template.name) {
            h2 { (template.title) " " code.mono { (template.name) "@" (template.version) } }
            @if let Some(description) = &template.description { p { (description) } }
            h3 { (say("Products", "产品")) }
            @if products.is_empty() {
                (empty(say("No product is made of it (profile-registry.products).", "没有以此销售的产品（profile-registry.products）。")))
            } @else { (products_table(visit, &products, sold)) }
            details {
                summary { (say("Values, secrets, files", "取值、密钥、文件")) }
                h3 { (say("Values", "取值")) }
                (placeholders(visit, template))
                h3 { (say("Secrets", "密钥")) }
                (secrets(visit, &template.secrets()))
                h3 { (say("Files", "文件")) }
                ul { @for path in &template.paths { li { code { (path) } } } }
            }
        }
    }
}

fn products_table(visit: &Visit, products: &[&Product], sold: &BTreeMap<String, u64>) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [
        say("Product", "产品"),
        say("Price", "价格"),
        say("Time", "时长"),
        say("Channel", "渠道"),
        say("Model", "模型"),
        say("Profiles", "档案数"),
    ];
    html! {
        (grid(say("Products made of this template", "以此模板生成的产品"), &heads, &[1, 2, 5], html! {
            @for product in products {
                @let options = product.options();
                tr {
                    th scope="row" { (product.name()) }
                    td.num data-label=(heads[1]) { (fen(options.amount_fen)) }
                    td.num data-label=(heads[2]) { (months(visit.language, options.months)) }
                    td data-label=(heads[3]) { (options.channel.name()) }
                    td data-label=(heads[4]) {
                        @match &options.model {
                            Some(model) => code.mono { (model) },
                            None => (none(say("the template's own", "使用模板自带的模型"))),
                        }
                    }
                    td.num data-label=(heads[5]) { (sold.get(product.name()).copied().unwrap_or_default()) }
                }
            }
        }))
    }
}

fn placeholders(visit: &Visit, template: &Shipped) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [say("Name", "名称"), say("Takes", "可填"), say("Without one", "默认值")];
    html! {
        (grid(say("Values that the template takes", "模板可填的值"), &heads, &[], html! {
            @for placeholder in &template.placeholders {
                tr {
                    th scope="row" { code.mono { (placeholder.name) } }
                    td data-label=(heads[1]) { (placeholder.value_type) }
                    td data-label=(heads[2]) {
                        @match &placeholder.default {
                            Some(default) => code.mono { (default) },
                            None => (badge(operator_console::ui::Level::Info, say("required", "必填"))),
                        }
                    }
                }
            }
        }))
    }
}

fn secrets(visit: &Visit, secrets: &[Value]) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [say("Name", "名称"), say("Source", "来源"), say("What it is", "用途")];
    let text = |secret: &Value, name: &str| secret[name].as_str().unwrap_or_default().to_owned();
    html! {
        (grid(say("Secrets that a profile of it needs", "档案所需的密钥"), &heads, &[], html! {
            @for secret in secrets {
                tr {
                    th scope="row" { code.mono { (text(secret, "name")) } }
                    td data-label=(heads[1]) {
                        (text(secret, "source"))
                        @if let Some(channel) = secret["channel"].as_str() { " " span.muted { "(" (channel) ")" } }
                    }
                    td data-label=(heads[2]) { (text(secret, "description")) }
                }
            }
        }))
    }
}

fn months(language: Language, months: u32) -> String {
    match language {
        Language::English if months == 1 => "1 month".to_owned(),
        Language::English => format!("{months} months"),
        Language::Chinese => format!("{months} 个月"),
    }
}

/// How many profiles were made of each product.
fn sold(connection: &Connection) -> Result<BTreeMap<String, u64>, BooksError> {
    let mut statement = connection.prepare_cached("SELECT product, count(*) FROM subscription GROUP BY product")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
