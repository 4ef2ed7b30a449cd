//! `/console/credentials`: tokens of owners and hosts.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Fields, Language, Visit,
    ui::{Level, Style, action, badge, empty, moment},
};

use super::{grid::grid, words::moment_ago};
use crate::{
    auth::Known, failure, registry::Registry, routes::credentials::revoke_by_id, routes::profiles_query::Query,
};

/// Tokens on one page.
const PAGE: usize = 60;
const PATH: &str = "/console/credentials";

/// `?q&page`: those that are valid first.
pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref(), &["q", "page"])?;
    let search = query.text("q").map(str::trim).filter(|text| !text.is_empty()).map(str::to_lowercase);
    let number = query.text("page").unwrap_or("1").parse().ok().filter(|page| (1..=100_000).contains(page));
    let number: usize =
        number.ok_or_else(|| Problem::invalid("page", "not a page's number").allowed(["1 to 100000"]))?;
    let mut known = registry.credentials.list().await.map_err(failure::operation)?;
    let text = search.clone().unwrap_or_default();
    known.retain(|known| known.subject.to_lowercase().contains(&text) || known.id.starts_with(&text));
    known.sort_by_key(|known| known.revoked_at.is_some());
    let all = known.len();
    let shown: Vec<Known> = known.into_iter().skip((number - 1) * PAGE).take(PAGE).collect();
    let say = |en, zh| visit.language.say(en, zh);
    let body = html! {
        form.filters method="get" role="search" {
            label { (say("Search", "搜索"))
                input type="search" name="q" value=[search.as_deref()] placeholder=(say("owner, host, id", "所有者、主机、编号"));
            }
            button.primary type="submit" { (say("Show", "显示")) }
        }
        section.panel {
            h2 { (count(visit.language, all)) }
            p.muted { (say(
                "The operators' own token stands in the configuration, not here. A token's text is shown to nobody.",
                "操作者令牌写在配置中，不在此列。令牌内容不会显示。",
            )) }
            @if shown.is_empty() { (empty(say("There is no such token.", "没有这样的令牌。"))) } @else { (table(&visit, &shown)) }
            @if number * PAGE < all {
                p.next { a.button rel="next" href=(address(search.as_deref(), number + 1)) { (say("Next", "下一页")) } }
            }
        }
    };
    Ok(visit.page(say("Tokens", "令牌"), body))
}

/// The token is refused from the next request on.
pub(super) async fn revoke(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    revoke_by_id(&registry, &id).await?;
    let told = match visit.language {
        Language::English => format!("The token {id} is revoked"),
        Language::Chinese => format!("令牌 {id} 已吊销"),
    };
    Ok(visit.done(PATH, told))
}

fn table(visit: &Visit, shown: &[Known]) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads =
        [say("Id", "编号"), say("For", "主体"), say("Kind", "类型"), say("Made", "创建时间"), say("State", "状态")];
    html! {
        (grid(say("Tokens of owners and hosts", "所有者与主机的令牌"), &heads, &[], html! {
            @for known in shown {
                tr {
                    th scope="row" { code.mono { (known.id) } }
                    td data-label=(heads[1]) { (known.subject) }
                    td data-label=(heads[2]) { (kind(visit.language, &known.kind)) }
                    td data-label=(heads[3]) { (moment_ago(visit, known.created_at)) }
                    td data-label=(heads[4]) {
                        @match known.revoked_at {
                            Some(at) => { (badge(Level::Off, say("revoked", "已吊销"))) " " (moment(at)) }
                            None => {
                                (badge(Level::Ok, say("valid", "有效"))) " "
                                (revoke_button(visit, known))
                            }
                        }
                    }
                }
            }
        }))
    }
}

fn revoke_button(visit: &Visit, known: &Known) -> Markup {
    let confirm = match visit.language {
        Language::English => {
            format!("Revoke the token {} of {}? Whoever uses it is shut out at once.", known.id, known.subject)
        }
        Language::Chinese => format!("吊销 {} 的令牌 {}？使用者将立即无法访问。", known.subject, known.id),
    };
    let path = format!("{PATH}/{}/revoke", known.id);
    action(visit, &path, visit.language.say("Revoke", "吊销"), Style::Danger, &[], Some(&confirm))
}

fn kind(language: Language, kind: &str) -> &str {
    match kind {
        "owner" => language.say("owner", "所有者"),
        "host" => language.say("host", "主机"),
        other => other,
    }
}

fn count(language: Language, all: usize) -> String {
    match language {
        Language::English if all == 1 => "1 token".to_owned(),
        Language::English => format!("{all} tokens"),
        Language::Chinese => format!("{all} 个令牌"),
    }
}

fn address(search: Option<&str>, page: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(search) = search {
        query.append_pair("q", search);
    }
    format!("{PATH}?{}", query.append_pair("page", &page.to_string()).finish())
}
