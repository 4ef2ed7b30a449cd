//! Orders in a table.

use chrono::TimeDelta;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{Level, badge, moment},
};

use super::{
    grid::grid,
    profiles_cells::clipped,
    words::{escaped, fen, lasted, none, order_state, since},
};
use crate::provisioning::{Order, OrderState};

/// Orders with what keeps them.
pub(super) fn table(visit: &Visit, caption: &str, orders: &[Order]) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let heads = [
        say("Order", "订单"),
        say("State", "状态"),
        say("Unchanged for", "停留时间"),
        say("Product", "产品"),
        say("Amount", "金额"),
        say("Payer", "付款人"),
        say("Profile", "档案"),
        say("Announced", "登记时间"),
    ];
    html! {
        (grid(caption, &heads, &[4], html! {
            @for order in orders {
                tr {
                    th scope="row" { a href={ "/console/orders/" (escaped(&order.out_trade_no)) } { (order.out_trade_no) } }
                    td data-label=(heads[1]) { (order_state(language, order)) (parked(visit, order)) }
                    td data-label=(heads[2]) { (unchanged(visit, order)) }
                    td data-label=(heads[3]) { (order.product) }
                    td.num data-label=(heads[4]) { (fen(order.amount_fen)) }
                    td data-label=(heads[5]) {
                        @match &order.payer { Some(payer) => (payer), None => (none(say("nobody has paid yet", "尚未付款"))) }
                    }
                    td data-label=(heads[6]) {
                        (profile_link(language, order))
                    }
                    td data-label=(heads[7]) { (since(visit, order.created_at)) }
                }
            }
        }))
    }
}

/// The profile that it is for; a link once it is in git.
pub(super) fn profile_link(language: Language, order: &Order) -> Markup {
    let is_there = order.commit.is_some()
        || !matches!(
            order.state,
            OrderState::Expected
                | OrderState::Paid
                | OrderState::Sealed
                | OrderState::Registered
                | OrderState::Refunded
        );
    html! {
        @match &order.profile {
            Some(profile) if is_there => a href={ "/console/profiles/" (escaped(profile)) } { (profile) },
            Some(profile) => span title=(language.say("not written by this order yet", "该订单尚未写入")) { (profile) },
            None => (none(language.say("it gets one when it is paid", "付款后才有档案"))),
        }
    }
}

/// Why it does not go on, and when it is tried again.
fn parked(visit: &Visit, order: &Order) -> Markup {
    html! {
        @if let Some(parked) = &order.parked {
            br; (clipped(&parked.why, 160))
            br; span.muted { (next_try(visit, order)) }
        }
    }
}

/// When a parked order is tried again.
pub(super) fn next_try(visit: &Visit, order: &Order) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    html! {
        @match order.parked.as_ref().map(|parked| parked.retry_at) {
            None => (none(say("it is not parked", "未搁置"))),
            Some(None) => (say("not tried again until an operator says so", "需由操作者重试")),
            Some(Some(at)) if at <= visit.now => (say("is tried again now", "即将重试")),
            Some(Some(at)) => { (say("tried again at ", "将重试于 ")) (moment(at)) }
        }
    }
}

/// How long it has been where it is, and whether that is too long.
fn unchanged(visit: &Visit, order: &Order) -> Markup {
    let language = visit.language;
    let for_so_long = visit.now.signed_duration_since(order.changed_at);
    let is_long = patience(order.state).is_some_and(|patience| for_so_long >= patience);
    html! {
        (lasted(visit, order.changed_at))
        @if is_long && order.parked.is_none() { " " (badge(Level::Warn, language.say("long", "过久"))) }
    }
}

/// How long an order that is not parked may be somewhere before somebody should look; `None` where it may stay.
fn patience(state: OrderState) -> Option<TimeDelta> {
    match state {
        OrderState::Paid
        | OrderState::Sealed
        | OrderState::Registered
        | OrderState::Delivered
        | OrderState::Refunding => Some(TimeDelta::minutes(10)),
        // Its host asks every minute or so.
        OrderState::Committed => Some(TimeDelta::minutes(15)),
        // A person has to find their telephone.
        OrderState::AwaitingPairing => Some(TimeDelta::days(1)),
        OrderState::Expected | OrderState::Alive | OrderState::Quarantined | OrderState::Refunded => None,
    }
}
