//! `/console/profiles`: all profiles.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{Level, badge, empty, panel, tile, tiles},
};

use super::{
    grid::grid,
    profiles_cells::{drift_cell, host_cell, last_change, owner_cell, state_cell, template_cell},
    profiles_data::{Listing, PAGE, Row, Wanted, list},
    words::since,
};
use crate::{failure, provisioning::problem, registry::Registry, routes::profiles_query::Query, secrets::hosts};

/// What the filter offers beside "all".
const STATES: [&str; 8] =
    ["live", "provisioning", "resuming", "suspending", "suspended", "quarantined", "none", "unowned"];

/// `?q&state&host&sort&page`
pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let wanted = Wanted::read(query.as_deref())?;
    let listing = list(&registry, wanted.clone()).await?;
    let hosts = registry.books.read(hosts::all).await.map_err(failure::books)?;
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let places = say("name, owner, product, host", "名称、所有者、产品、主机");
    let nothing = say(
        "No profile matches. A profile comes with a payment, a claim or a push.",
        "没有匹配的档案。档案来自付款、认领或推送。",
    );
    let body = html! {
        (figures(&registry, &visit, &listing).await?)
        form.filters method="get" role="search" {
            label { (say("Search", "搜索"))
                input type="search" name="q" value=[wanted.search.as_deref()] placeholder=(places);
            }
            label { (say("State", "状态"))
                select name="state" {
                    option value="" { (say("all", "全部")) }
                    @for state in STATES {
                        option value=(state) selected[wanted.state.as_deref() == Some(state)] { (state_name(language, state)) }
                    }
                }
            }
            label { (say("Host", "主机"))
                select name="host" {
                    option value="" { (say("all", "全部")) }
                    @for host in &hosts {
                        option value=(host.name) selected[wanted.host.as_ref() == Some(&host.name)] { (host.name) }
                    }
                }
            }
            label { (say("Order", "排序"))
                select name="sort" {
                    option value="" { (say("by name", "按名称")) }
                    option value="changed" selected[wanted.by_change] { (say("changed last first", "最近更改在前")) }
                }
            }
            button.primary type="submit" { (say("Show", "显示")) }
        }
        section.panel {
            h2 { (count(language, &wanted, &listing)) }
            @if listing.rows.is_empty() {
                (empty(nothing))
            } @else {
                (table(&visit, &listing.rows))
                (pager(language, &wanted, &listing))
            }
        }
    };
    Ok(visit.page(say("Profiles", "档案"), body))
}

async fn figures(registry: &Registry, visit: &Visit, listing: &Listing) -> Result<Markup, Problem> {
    let say = |en, zh| visit.language.say(en, zh);
    let pools = registry.provisioner.pools().await.map_err(problem)?;
    let counts = registry.books.read(crate::provisioning::order_book::counts).await.map_err(problem)?;
    let told = registry.provisioner.alerts().told(visit.now).await.map_err(failure::books)?;
    let parked: u32 = counts.values().map(|count| count.parked).sum();
    let of = |state: &str| listing.states.get(state).copied().unwrap_or_default();
    let rest = of("suspending") + of("suspended") + of("quarantined");
    let low = registry.config.pool_low_water;
    let parked = html! { a href="/console/orders?state=parked" { (parked) } };
    let no_owner = format!("{} {}", listing.unowned, say("without an owner", "个无所有者"));
    let mut shown = vec![
        tile(say("Profiles", "档案"), html! { (listing.all) }, Some(&no_owner)),
        tile(say("Live", "运行中"), html! { (of("live")) }, None),
        tile(say("Suspended or quarantined", "停用或隔离"), html! { (rest) }, None),
        tile(say("Orders parked", "搁置的订单"), parked, None),
    ];
    for pool in &pools {
        let count = &pool.count;
        let hint = match visit.language {
            Language::English => {
                format!("{} bound, {} reserved, {} to be replaced", count.bound, count.reserved, count.cooling)
            }
            Language::Chinese => format!("使用中 {}，预留 {}，待更换 {}", count.bound, count.reserved, count.cooling),
        };
        let label = format!("{} {}", say("Pool", "资源池"), pool.name);
        let value = html! {
            (count.free) " " (say("free", "空闲"))
            @if count.free < low { " " (badge(Level::Warn, say("low", "不足"))) }
        };
        shown.push(tile(&label, value, Some(&hint)));
    }
    Ok(html! {
        (tiles(shown))
        @if !told.is_empty() {
            (panel(say("Somebody has to look", "需要处理"), html! {
                ul {
                    @for alert in &told {
                        li {
                            (badge(Level::Warn, &alert.about)) " " (alert.text) " " span.muted { (since(visit, alert.at)) }
                            @if alert.is_waiting {
                                " " (badge(Level::Bad, say("not taken by the webhook yet", "尚未送达告警地址")))
                            }
                        }
                    }
                }
            }))
        }
    })
}

fn table(visit: &Visit, rows: &[Row]) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [
        say("Name", "名称"),
        say("Owner", "所有者"),
        say("Template", "模板"),
        say("Last change", "最近更改"),
        say("Drift", "偏差"),
        say("Host", "主机"),
        say("State", "状态"),
    ];
    let [_, owner, template, change, drifted, host, state] = heads;
    html! {
        (grid(say("Profiles", "档案"), &heads, &[], html! {
            @for row in rows {
                tr {
                    th scope="row" { a href={ "/console/profiles/" (row.name) } { (row.name) } }
                    td data-label=(owner) { (owner_cell(visit.language, row)) }
                    td data-label=(template) { (template_cell(visit.language, row.origin.as_deref())) }
                    td data-label=(change) { (last_change(visit, row)) }
                    td data-label=(drifted) { (drift_cell(visit.language, row)) }
                    td data-label=(host) { (host_cell(visit, row)) }
                    td data-label=(state) { (state_cell(visit, row)) }
                }
            }
        }))
    }
}

fn state_name(language: Language, state: &str) -> &'static str {
    match state {
        "live" => language.say("live", "运行中"),
        "provisioning" => language.say("being made", "开通中"),
        "resuming" => language.say("coming back", "恢复中"),
        "suspending" => language.say("being suspended", "停用中"),
        "suspended" => language.say("suspended", "已停用"),
        "quarantined" => language.say("quarantined", "已隔离"),
        "none" => language.say("not of an order", "非订单档案"),
        _ => language.say("without an owner", "无所有者"),
    }
}

fn count(language: Language, wanted: &Wanted, listing: &Listing) -> String {
    let first = (wanted.page - 1) * PAGE + 1;
    let last = first + listing.rows.len().saturating_sub(1);
    match (language, listing.rows.is_empty()) {
        (Language::English, true) => format!("0 of {}", listing.matching),
        (Language::English, false) => format!("{first}–{last} of {}", listing.matching),
        (Language::Chinese, true) => format!("共 {} 个", listing.matching),
        (Language::Chinese, false) => format!("第 {first}–{last} 个，共 {} 个", listing.matching),
    }
}

fn pager(language: Language, wanted: &Wanted, listing: &Listing) -> Markup {
    let has_more = wanted.page * PAGE < listing.matching;
    html! {
        @if wanted.page > 1 || has_more {
            nav.actions aria-label=(language.say("Parts of the list", "列表分页")) {
                @if wanted.page > 1 {
                    a.button rel="prev" href=(wanted.address(wanted.page - 1)) { (language.say("Previous", "上一页")) }
                }
                @if has_more {
                    a.button rel="next" href=(wanted.address(wanted.page + 1)) { (language.say("Next", "下一页")) }
                }
            }
        }
    }
}

impl Wanted {
    fn read(query: Option<&str>) -> Result<Self, Problem> {
        let query = Query::read(query, &["q", "state", "host", "sort", "page"])?;
        // A form sends what was left empty as well.
        let given = |name: &str| query.text(name).map(str::trim).filter(|text| !text.is_empty());
        if let Some(state) = given("state").filter(|state| !STATES.contains(state)) {
            return Err(Problem::invalid("state", format!("{state:?} is no state")).allowed(STATES));
        }
        if let Some(sort) = given("sort").filter(|sort| *sort != "changed") {
            return Err(Problem::invalid("sort", format!("{sort:?} is no order")).allowed(["changed"]));
        }
        let page = given("page").unwrap_or("1").parse().ok().filter(|page| (1..=100_000).contains(page));
        let page = page.ok_or_else(|| Problem::invalid("page", "not a page's number").allowed(["1 to 100000"]))?;
        let text = |name| given(name).map(str::to_owned);
        let by_change = given("sort").is_some();
        Ok(Self { search: text("q"), state: text("state"), host: text("host"), by_change, page })
    }

    fn address(&self, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let sort = self.by_change.then_some("changed");
        let pairs = [
            ("q", self.search.as_deref()),
            ("state", self.state.as_deref()),
            ("host", self.host.as_deref()),
            ("sort", sort),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/console/profiles?{}", query.append_pair("page", &page.to_string()).finish())
    }
}
