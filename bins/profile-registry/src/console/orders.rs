//! `/console/orders`: what does not go on, what is under way, and all orders.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use chrono::DateTime;
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{Level, badge, empty, live as live_part, next_page, panel, tile, tiles},
};

use super::{orders_table::table, words::step};
use crate::{
    provisioning::{Order, OrderState, order_book, problem},
    registry::Registry,
    routes::profiles_query::Query,
};

const UNDER_WAY: u32 = 30;
const PAGE: u32 = 40;
/// What the filter takes beside the states' own names.
const PARKED: &str = "parked";
const LIVE: &str = "/console/orders-under-way";
const EVERY_S: u32 = 5;

/// `?state&q&before`; without any, what is under way as well.
pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let filter = Filter::read(query.as_deref())?;
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let wanted = filter.wanted.clone();
    let read = registry.provisioner.books().read(move |connection| order_book::newest(connection, &wanted, PAGE));
    let orders = read.await.map_err(problem)?;
    let next = orders.last().filter(|_| orders.len() == PAGE as usize).map(|last| filter.address(last));
    let places = say("number, product, payer, profile", "订单号、产品、付款人、档案");
    let title = match filter.is_any() {
        true => say("Orders that match, newest first", "匹配的订单，最新在前"),
        false => say("All orders, newest first", "全部订单，最新在前"),
    };
    let body = html! {
        @if !filter.is_any() { (live_part(LIVE, EVERY_S, under_way(&registry, &visit).await?)) }
        form.filters method="get" role="search" {
            label { (say("Search", "搜索"))
                input type="search" name="q" value=[filter.wanted.search.as_deref()] placeholder=(places);
            }
            label { (say("State", "状态"))
                select name="state" {
                    option value="" { (say("all", "全部")) }
                    option value=(PARKED) selected[filter.wanted.parked] { (say("parked", "搁置")) }
                    @for state in OrderState::ALL {
                        option value=(state.name()) selected[filter.wanted.state == Some(state)] { (step(language, state)) }
                    }
                }
            }
            button.primary type="submit" { (say("Show", "显示")) }
        }
        (panel(title, html! {
            @if orders.is_empty() { (empty(say("There is no such order.", "没有这样的订单。"))) }
            @else { (table(&visit, say("Orders, newest first", "订单，最新在前"), &orders)) }
            (next_page(language, next.as_deref()))
        }))
    };
    Ok(visit.page(say("Orders", "订单"), body))
}

/// The part that renews itself.
pub(super) async fn live(State(registry): State<Arc<Registry>>, visit: Visit) -> Result<Response, Problem> {
    Ok(visit.fragment(under_way(&registry, &visit).await?))
}

async fn under_way(registry: &Registry, visit: &Visit) -> Result<Markup, Problem> {
    let read = registry.provisioner.books().read(|connection| {
        Ok::<_, crate::provisioning::ProvisionError>((
            order_book::counts(connection)?,
            order_book::under_way(connection, UNDER_WAY)?,
        ))
    });
    let (counts, orders) = read.await.map_err(problem)?;
    let (parked, moving): (Vec<Order>, Vec<Order>) = orders.into_iter().partition(|order| order.parked.is_some());
    let say = |en, zh| visit.language.say(en, zh);
    let all: u32 = counts.iter().filter(|(state, _)| is_under_way(state)).map(|(_, count)| count.all).sum();
    let shown = u32::try_from(parked.len() + moving.len()).unwrap_or(u32::MAX);
    Ok(html! {
        (tiles(figures(visit.language, &counts)))
        @if !parked.is_empty() {
            (panel(say("Does not go on", "搁置"), table(visit, say("Orders that do not go on", "搁置的订单"), &parked)))
        }
        (panel(say("Under way, longest unchanged first", "进行中，停留最久在前"), html! {
            @if moving.is_empty() { (empty(say("No order is under way.", "没有进行中的订单。"))) }
            @else { (table(visit, say("Orders under way", "进行中的订单"), &moving)) }
            @if shown < all { p.muted { (say("and more: ", "另有：")) (all - shown) } }
        }))
    })
}

fn figures(language: Language, counts: &BTreeMap<String, order_book::Count>) -> Vec<Markup> {
    let parked: u32 = counts.values().map(|count| count.parked).sum();
    let look = match parked {
        0 => badge(Level::Ok, language.say("none", "无")),
        _ => badge(Level::Warn, language.say("look", "需查看")),
    };
    let value = html! { a href={ "/console/orders?state=" (PARKED) } { (parked) } " " (look) };
    let first = tile(language.say("Parked", "搁置"), value, None);
    let states = OrderState::ALL.into_iter().filter_map(|state| {
        let count = counts.get(state.name())?;
        let value = html! { a href={ "/console/orders?state=" (state.name()) } { (count.all) } };
        let hint = match (count.parked, language) {
            (0, _) => None,
            (parked, Language::English) => Some(format!("{parked} of them parked")),
            (parked, Language::Chinese) => Some(format!("其中 {parked} 个搁置")),
        };
        Some(tile(step(language, state), value, hint.as_deref()))
    });
    std::iter::once(first).chain(states).collect()
}

fn is_under_way(state: &str) -> bool {
    let rests = [OrderState::Expected, OrderState::Alive, OrderState::Quarantined, OrderState::Refunded];
    rests.iter().all(|rest| rest.name() != state)
}

/// Which orders are wanted, as the address says.
struct Filter {
    wanted: order_book::Wanted,
}

impl Filter {
    fn read(query: Option<&str>) -> Result<Self, Problem> {
        let query = Query::read(query, &["state", "q", "before"])?;
        // A form sends what was left empty as well.
        let given = |name: &str| query.text(name).map(str::trim).filter(|text| !text.is_empty());
        let mut wanted = order_book::Wanted { search: given("q").map(str::to_owned), ..order_book::Wanted::default() };
        match given("state") {
            None => {}
            Some(PARKED) => wanted.parked = true,
            Some(state) => {
                let known = OrderState::ALL.iter().map(|state| state.name()).chain([PARKED]);
                let problem = || Problem::invalid("state", format!("{state:?} is no state")).allowed(known);
                wanted.state = Some(OrderState::parse(state).ok_or_else(problem)?);
            }
        }
        if let Some(text) = given("before") {
            let read = text
                .split_once('.')
                .and_then(|(at, number)| Some((DateTime::from_timestamp_millis(at.parse().ok()?)?, number.to_owned())));
            let problem =
                || Problem::invalid("before", "not what a page's link says").allowed(["<milliseconds>.<number>"]);
            wanted.before = Some(read.ok_or_else(problem)?);
        }
        Ok(Self { wanted })
    }

    fn is_any(&self) -> bool {
        let order_book::Wanted { state, parked, search, before, .. } = &self.wanted;
        state.is_some() || *parked || search.is_some() || before.is_some()
    }

    /// The next page, after this order.
    fn address(&self, last: &Order) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let order_book::Wanted { state, parked, search, .. } = &self.wanted;
        let state = state.map(OrderState::name).or(parked.then_some(PARKED));
        for (name, value) in [("state", state), ("q", search.as_deref())] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let before = format!("{}.{}", last.created_at.timestamp_millis(), last.out_trade_no);
        format!("/console/orders?{}", query.append_pair("before", &before).finish())
    }
}
