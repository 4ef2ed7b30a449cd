//! How one channel is now: figures, its models, what rests of it and why.

use std::time::Duration;

use maud::{Markup, html};
use operator_console::{Language, Visit, ui};
use route_policy::{ChannelState, Day, Gauge};
use serde_json::Value;

use super::{channel_cells as cells, money::count, query::none, table::head, words};
use crate::channels::{Seen, again_in};

/// The part of its page that renews itself.
pub(super) fn panel(visit: &Visit, seen: &Seen) -> Markup {
    let language = visit.language;
    html! {
        (ui::panel(language.say("Now", "当前状态"), html! {
            (tiles(visit, seen))
            (facts(visit, seen))
            (models(language, seen))
            (rests(language, seen))
            (lacks(language, seen.lacks.as_deref().unwrap_or_default()))
        }))
    }
}

fn tiles(visit: &Visit, seen: &Seen) -> Markup {
    let language = visit.language;
    let status = seen.status.as_ref();
    let absent = || none(language.say("it cannot be used", "无法使用"));
    let (level, text) = words::state(language, status.map(|status| status.state));
    let gauge = |gauge: Option<Gauge>| match gauge {
        Some(gauge) => html! { (count(gauge.used)) @if let Some(limit) = gauge.limit { " / " (count(limit)) } },
        None => absent(),
    };
    let bound = |limit: Option<u64>, en, zh, en_unbound, zh_unbound| match limit {
        Some(_) => language.say(en, zh),
        None => language.say(en_unbound, zh_unbound),
    };
    let rpm = status.map(|status| status.rpm);
    let tpm = status.map(|status| status.tpm);
    let in_flight =
        status.map(|status| Gauge { used: status.in_flight.into(), limit: status.max_in_flight.map(u64::from) });
    let limit = |gauge: Option<Gauge>| gauge.and_then(|gauge| gauge.limit);
    ui::tiles([
        ui::tile(language.say("State", "状态"), ui::badge(level, &text), seen.unusable().as_deref()),
        ui::tile(
            "RPM",
            gauge(rpm),
            Some(bound(
                limit(rpm),
                "requests in the last 60 s",
                "近 60 秒请求数",
                "requests in the last 60 s, no bound",
                "近 60 秒请求数，无上限",
            )),
        ),
        ui::tile(
            "TPM",
            gauge(tpm),
            Some(bound(
                limit(tpm),
                "tokens in the last 60 s",
                "近 60 秒 token 数",
                "tokens in the last 60 s, no bound",
                "近 60 秒 token 数，无上限",
            )),
        ),
        ui::tile(
            language.say("Running", "进行中"),
            gauge(in_flight),
            Some(bound(
                limit(in_flight),
                "requests at the same time",
                "并发请求数",
                "requests at the same time, no bound",
                "并发请求数，无上限",
            )),
        ),
        ui::tile(
            language.say("First byte", "首字节"),
            match status.and_then(|status| status.first_byte) {
                Some(time) => html! { (count(millis(time))) " ms" },
                None => none(language.say("it has not answered since the gateway started", "网关启动以来尚无应答")),
            },
            Some(language.say("after sending, moving average", "发送后，移动平均")),
        ),
    ])
}

fn facts(visit: &Visit, seen: &Seen) -> Markup {
    let language = visit.language;
    html! {
        dl.facts {
            dt { (language.say("Budget today", "今日预算")) } dd { (cells::budget(language, seen, Day::of(visit.now))) }
            dt { (language.say("Breaker", "熔断器")) } dd { (cells::breaker(language, seen)) }
            dt { (language.say("Last error", "最近错误")) } dd { (cells::last_error(language, seen)) }
            dt { (language.say("Next recovery", "下次恢复")) } dd { (cells::next_recovery(visit, seen)) }
        }
    }
}

/// Every model that it offers; those that are not as the channel say so.
fn models(language: Language, seen: &Seen) -> Markup {
    let Ok(usable) = &seen.known.usable else { return html! {} };
    let [public, upstream, state, again] = [
        language.say("Model", "模型"),
        language.say("Upstream's name", "上游名称"),
        language.say("State", "状态"),
        language.say("Tried again", "重试"),
    ];
    let status = seen.status.as_ref();
    let of = |upstream: &str| {
        let own = status.and_then(|status| status.models.iter().find(|model| *model.model == *upstream));
        own.map_or(status.map(|status| status.state), |model| Some(model.state))
    };
    html! {
        h3 { (language.say("Models", "模型")) }
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Models of the channel", "渠道的模型")) }
            (head(&[public, upstream, state, again], &[]))
            tbody {
                @for offer in &usable.spec.models {
                    @let found = of(&offer.upstream);
                    @let (level, text) = words::state(language, found);
                    tr {
                        th scope="row" data-label=(public) { (offer.public) }
                        td data-label=(upstream) { (offer.upstream) }
                        td data-label=(state) { (ui::badge(level, &text)) }
                        td data-label=(again) { (retry(language, found)) }
                    }
                }
            }
        } }
    }
}

fn retry(language: Language, state: Option<ChannelState>) -> Markup {
    match state.and_then(again_in) {
        Some(time) => {
            html! { (language.say("in ", "")) (ui::lasting(language, cells::seconds(time))) (language.say("", "后")) }
        }
        None => none(language.say("it does not rest", "未在休息")),
    }
}

/// What rests of it and of its account.
fn rests(language: Language, seen: &Seen) -> Markup {
    if seen.rests.is_empty() {
        return html! {};
    }
    let [what, why, words, since] = [
        language.say("What rests", "休息对象"),
        language.say("Verdict", "判定"),
        language.say("Upstream's words", "上游原文"),
        language.say("Since", "开始时间"),
    ];
    html! {
        h3 { (language.say("Resting", "休息中")) }
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("What rests of the channel and its account", "渠道及其账户的休息项")) }
            (head(&[what, why, words, since], &[]))
            tbody {
                @for rest in &seen.rests {
                    tr {
                        th scope="row" data-label=(what) {
                            (scope(language, &rest.scope))
                            " " (rest.subject) @if let Some(model) = &rest.model { " · " (model) }
                        }
                        td data-label=(why) { (super::words::word(language, &rest.verdict)) }
                        td data-label=(words) { (rest.reason) }
                        td data-label=(since) { (ui::moment(rest.since)) }
                    }
                }
            }
        } }
    }
}

fn scope(language: Language, scope: &str) -> &str {
    match scope {
        "channel" => language.say("channel", "渠道"),
        "account" => language.say("account", "账户"),
        "channel_model" => language.say("model of channel", "渠道模型"),
        "account_model" => language.say("model of account", "账户模型"),
        other => other,
    }
}

/// Endpoints that it does not serve a model at.
fn lacks(language: Language, lacks: &[Value]) -> Markup {
    let text = |lack: &Value, name: &str| lack[name].as_str().unwrap_or_default().to_owned();
    html! {
        @if !lacks.is_empty() {
            h3 { (language.say("Not served", "不支持")) }
            ul {
                @for lack in lacks {
                    li {
                        (text(lack, "model")) " · " code.mono { (text(lack, "endpoint")) } ": " (text(lack, "reason"))
                        @if let Some(again) = lack["again_in_s"].as_i64() {
                            " " span.hint { (language.say("asked again in ", "重试：")) (ui::lasting(language, again)) (language.say("", "后")) }
                        }
                    }
                }
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
