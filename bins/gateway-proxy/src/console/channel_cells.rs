//! What is told of a channel in a few words: the cells of the list, and parts of its own page.

use std::time::Duration;

use chrono::TimeDelta;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{self, Level},
};
use route_policy::{ChannelState, ChannelStatus, Day, Gauge};

use super::{
    money::{count, percent, yuan},
    query::none,
    words,
};
use crate::{
    channels::{Seen, again_in},
    relay::AttemptEnd,
};

/// What tells its key from others; never the key.
pub(super) fn key(language: Language, seen: &Seen) -> Markup {
    match &seen.known.key_fingerprint {
        Some(print) => html! {
            code.mono.short title=(language.say("fingerprint of the key: the key itself is shown nowhere", "密钥指纹；密钥本身不显示")) {
                "••••" (print)
            }
        },
        None => none(language.say("there is no key", "没有密钥")),
    }
}

/// How it is, and how many of its models are not so.
pub(super) fn state(language: Language, seen: &Seen) -> Markup {
    let (level, text) = words::state(language, seen.status.as_ref().map(|status| status.state));
    let differ =
        |status: &ChannelStatus| status.models.iter().filter(|model| model.state.name() != status.state.name()).count();
    let models = seen.status.as_ref().map_or(0, differ);
    html! {
        (ui::badge(level, &text))
        @if models > 0 {
            br; span.hint {
                @match language {
                    Language::English => { (models) @if models == 1 { " model differs" } @else { " models differ" } },
                    Language::Chinese => { (models) " 个模型状态不同" },
                }
            }
        }
        @if let Some(why) = seen.unusable() { br; span.hint { (why) } }
    }
}

/// What is spent of its budget, and held, and leased.
pub(super) fn budget(language: Language, seen: &Seen, today: Day) -> Markup {
    let Some(status) = &seen.status else { return none(language.say("it cannot be used", "无法使用")) };
    let budget = &status.budget;
    html! {
        @match budget.limit {
            Some(limit) => {
                @let used = budget.settled + budget.reserved;
                @let label = match language {
                    Language::English => format!("budget of {}, spent and reserved", seen.known.name),
                    Language::Chinese => format!("{} 的预算：已用与预留", seen.known.name),
                };
                (ui::meter(&label, used.as_f64(), limit.as_f64()))
                span.figures {
                    @if let Some(share) = percent(budget.settled, limit) { strong { (share) } " · " }
                    (yuan(budget.settled)) " / " (yuan(limit))
                }
            },
            None => span.figures { (yuan(budget.settled)) " · " (language.say("no bound", "无上限")) },
        }
        @if budget.day != today { br; span.hint { (language.say("of ", "属于 ")) (ui::date(budget.day.date())) } }
        br;
        span.hint {
            span title=(language.say("held for requests that run", "为进行中的请求预留")) {
                (language.say("reserved ", "预留 ")) (yuan(budget.reserved))
            }
            @if budget.limit.is_some() {
                " · "
                span title=(language.say("written down as spendable in the books so far", "账本已批准可用的额度")) {
                    (language.say("leased ", "已租 ")) (yuan(budget.leased))
                }
            }
        }
        @if !budget.breached.is_zero() {
            br; span.hint { (ui::badge(Level::Warn, language.say("breach", "超支"))) " " (yuan(budget.breached)) }
        }
    }
}

/// What is used of a limit per minute.
pub(super) fn gauge(language: Language, channel: &str, unit: &str, gauge: Option<Gauge>) -> Markup {
    let Some(Gauge { used, limit }) = gauge else { return none(language.say("it cannot be used", "无法使用")) };
    #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
    let bar = |limit: u64| ui::meter(&format!("{unit} {channel}"), used as f64, limit as f64);
    html! {
        @match limit {
            Some(limit) => { (bar(limit)) span.figures { (count(used)) " / " (count(limit)) } },
            None => span.figures { (count(used)) " · " (language.say("no bound", "无上限")) },
        }
    }
}

/// Whether a model of it fails too often.
pub(super) fn breaker(language: Language, seen: &Seen) -> Markup {
    let Some(status) = &seen.status else { return none(language.say("it cannot be used", "无法使用")) };
    let broken = |state: ChannelState| match state {
        ChannelState::BreakerOpen { .. } => Some((Level::Bad, language.say("open", "断开"))),
        ChannelState::HalfOpen => Some((Level::Warn, language.say("half-open", "半开"))),
        _ => None,
    };
    if let Some((level, text)) = broken(status.state) {
        return html! { (ui::badge(level, text)) " " span.hint { (language.say("all models", "所有模型")) } };
    }
    let models = status.models.iter().filter_map(|model| Some((&*model.model, broken(model.state)?)));
    let broken: Vec<(&str, (Level, &str))> = models.collect();
    html! {
        @for (what, (level, text)) in &broken { (ui::badge(*level, text)) " " span.hint { (what) } br; }
        @if broken.is_empty() { (ui::badge(Level::Ok, language.say("closed", "闭合"))) }
    }
}

/// The last verdict against it.
pub(super) fn last_error(language: Language, seen: &Seen) -> Markup {
    match seen.status.as_ref().and_then(|status| status.last_error) {
        Some((verdict, ago)) => html! {
            (words::word(language, AttemptEnd::Refused(verdict).name()))
            br; span.hint { (ui::ago(language, seconds(ago))) }
        },
        None => none(language.say("none since the gateway started", "网关启动以来没有错误")),
    }
}

/// When it, or the first of its models, is tried again.
pub(super) fn next_recovery(visit: &Visit, seen: &Seen) -> Markup {
    let language = visit.language;
    let Some(status) = &seen.status else {
        return none(language.say("when its definition or key is put right", "修正配置或密钥之后"));
    };
    let of_models = status.models.iter().filter_map(|model| again_in(model.state)).min();
    let recovery = again_in(status.state).or(of_models);
    let in_time = |time: Duration| {
        let at = visit.now + TimeDelta::from_std(time).unwrap_or_default();
        html! {
            (language.say("in ", ""))
            (ui::lasting(language, seconds(time)))
            (language.say("", "后"))
            br; span.hint { (ui::moment(at)) }
        }
    };
    html! {
        @match status.state {
            ChannelState::Disabled => (none(language.say("an operator has to enable it", "须由操作者启用"))),
            ChannelState::BudgetSpent if status.budget.limit.is_some_and(|limit| limit.is_zero()) => {
                (none(language.say("its budget is nothing: set one", "预算为零：请设置预算")))
            },
            ChannelState::BudgetSpent => { (in_time((status.budget.day.end() - visit.now).to_std().unwrap_or_default())) },
            ChannelState::OnTrial { .. }
            | ChannelState::HalfOpen => (language.say("the next request tries it", "由下一个请求试探")),
            _ => @if let Some(time) = recovery { (in_time(time)) } @else { (none(language.say("nothing of it rests", "没有需要恢复的"))) },
        }
        // What rests is probed when it is tried again, not before.
        @if let Some(probe) = status.next_probe.filter(|_| !matches!(status.state, ChannelState::Parked { .. })) {
            br; span.hint {
                (language.say("probe in ", "探测：")) (ui::lasting(language, seconds(probe))) (language.say("", "后"))
            }
        }
    }
}

pub(super) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
