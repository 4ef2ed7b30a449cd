//! `/console/hosts` and `/console/hosts/{name}`: machines that serve profiles, and what they have of it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Page, Visit,
    ui::{Level, badge, empty, panel, tile, tiles},
};
use profile_store::ProfileName;
use rusqlite::Connection;

use super::{
    grid::grid,
    profiles_cells::delivery_badge,
    words::{escaped, moment_ago, none, short, since},
};
use crate::{
    BooksError, Host, failure,
    provisioning::{Delivery, problem},
    registry::Registry,
    routes::{hosts::find, profiles_query::Query},
    secrets::hosts,
};

/// A host asks every minute or so; one that did not for so long is not well.
const SILENT: TimeDelta = TimeDelta::minutes(15);
/// Profiles on one page.
const PAGE: usize = 100;

pub(super) async fn page(State(registry): State<Arc<Registry>>, visit: Visit) -> Result<Response, Problem> {
    let read = |connection: &Connection| {
        let told = |host: Host| hosts::delivered(connection, &host.name).map(|delivered| (host, delivered));
        hosts::all(connection)?.into_iter().map(told).collect::<Result<Vec<_>, BooksError>>()
    };
    let known = registry.books.read(read).await.map_err(failure::books)?;
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [
        say("Host", "主机"),
        say("Asked last", "最近请求"),
        say("Serves", "服务档案数"),
        say("Last delivery", "最近送达"),
        say("Recipient", "密钥接收方"),
        say("Registered", "登记时间"),
    ];
    let body = panel(
        say("Machines that serve profiles", "服务档案的机器"),
        html! {
            @if known.is_empty() {
                (empty(say("No host is registered: POST /hosts registers one.", "尚未登记主机：用 POST /hosts 登记。")))
            } @else {
                (grid(say("Hosts", "主机"), &heads, &[2], html! {
                    @for (host, (_, last)) in &known {
                        tr {
                            th scope="row" { a href={ "/console/hosts/" (escaped(&host.name)) } { (host.name) } }
                            td data-label=(heads[1]) { (seen(&visit, host)) }
                            td.num data-label=(heads[2]) { (host.profiles) }
                            td data-label=(heads[3]) { (at_or(&visit, *last)) }
                            td data-label=(heads[4]) { (short(&host.recipient)) }
                            td data-label=(heads[5]) { (moment_ago(&visit, host.created_at)) }
                        }
                    }
                }))
            }
        },
    );
    Ok(visit.page(say("Hosts", "主机"), body))
}

/// `?page`
pub(super) async fn one(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Query::read(query.as_deref(), &["page"])?;
    let number = query.text("page").unwrap_or("1").parse().ok().filter(|page| (1..=100_000).contains(page));
    let number: usize =
        number.ok_or_else(|| Problem::invalid("page", "not a page's number").allowed(["1 to 100000"]))?;
    let host = find(&registry, &name).await?;
    let read = move |connection: &Connection| {
        Ok::<_, BooksError>((hosts::profiles(connection, &name)?, hosts::delivered(connection, &name)?))
    };
    let (all, (delivered, last)) = registry.books.read(read).await.map_err(failure::books)?;
    let names = all.iter().skip((number - 1) * PAGE).take(PAGE).filter_map(|name| ProfileName::parse(name).ok());
    let deliveries = registry.provisioner.deliveries(names.collect()).await.map_err(problem)?;
    let say = |en, zh| visit.language.say(en, zh);
    let missing = host.profiles.saturating_sub(delivered);
    let body = html! {
        (tiles([
            tile(say("Serves", "服务档案"), html! { (host.profiles) }, None),
            tile(say("Has a .env of", "已有 .env"), html! { (delivered) }, None),
            tile(say("Has none yet of", "尚无 .env"), html! { (missing) }, None),
            tile(say("Last delivery", "最近送达"), at_or(&visit, last), None),
        ]))
        (panel(say("Host", "主机"), html! {
            dl.facts {
                dt { (say("Asked last", "最近请求")) }
                dd { (seen(&visit, &host)) }
                dt { (say("Registered", "登记时间")) }
                dd { (moment_ago(&visit, host.created_at)) }
                dt { (say("Recipient", "密钥接收方")) }
                dd { code.mono { (host.recipient) } }
            }
        }))
        (panel(say("Profiles", "档案"), html! {
            @if deliveries.is_empty() { (empty(say("It serves none.", "未服务任何档案。"))) }
            @else { (profiles(&visit, &deliveries)) }
            @if number * PAGE < all.len() {
                @let next = format!("/console/hosts/{}?page={}", escaped(&host.name), number + 1);
                p.next { a.button rel="next" href=(next) { (say("Next", "下一页")) } }
            }
        }))
    };
    let lead = html! { a href="/console/hosts" { (say("All hosts", "全部主机")) } };
    Ok(visit.page_with(Page { title: host.name.clone(), lead: Some(lead), body, status: StatusCode::OK }))
}

fn profiles(visit: &Visit, shown: &BTreeMap<ProfileName, Delivery>) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [say("Profile", "档案"), say("Last delivery", "最近送达")];
    html! {
        (grid(say("Profiles that it serves", "所服务的档案"), &heads, &[], html! {
            @for (name, delivery) in shown {
                tr {
                    th scope="row" { a href={ "/console/profiles/" (name) } { (name) } }
                    td data-label=(heads[1]) { (delivery_badge(visit, delivery)) }
                }
            }
        }))
    }
}

fn at_or(visit: &Visit, at: Option<DateTime<Utc>>) -> Markup {
    match at {
        Some(at) => since(visit, at),
        None => none(visit.language.say("it never said that it has any", "从未确认过")),
    }
}

/// When it asked for something last, and whether that is too long ago.
fn seen(visit: &Visit, host: &Host) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    html! {
        @match host.seen_at {
            None if host.profiles == 0 => (none(say("it has nothing to ask for", "尚无可请求的内容"))),
            None => (badge(Level::Warn, say("never", "从未"))),
            Some(at) => {
                (moment_ago(visit, at))
                @if host.profiles > 0 && visit.now.signed_duration_since(at) > SILENT {
                    " " (badge(Level::Warn, say("silent", "无响应")))
                }
            }
        }
    }
}
