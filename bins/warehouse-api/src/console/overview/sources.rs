//! The sources: what came last, what is due.

use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, ago, badge, date, moment},
};
use quality_rules::freshness::{Judgement, Rhythm};
use warehouse::Freshness;

use super::facts::Facts;
use crate::console::words::absent;

/// The data sets that somebody waits for, then those that come on request.
pub(super) fn panel(language: Language, facts: &Facts) -> Markup {
    let (waited, on_request): (Vec<_>, Vec<_>) =
        facts.datasets().into_iter().partition(|(_, judged)| judged.rhythm != Rhythm::OnRequest);
    let body = if waited.is_empty() && on_request.is_empty() {
        ui::empty(language.say("The ingest side has not reported any source yet.", "采集端尚未报告任何数据源。"))
    } else {
        html! {
            (table(language, facts, &waited, language.say("Sources and when they are due", "数据源与到期时间")))
            @if !on_request.is_empty() {
                details #on-request {
                    summary { (language.say("What comes on request", "按需采集的数据")) " (" (on_request.len()) ")" }
                    (table(language, facts, &on_request, language.say("What comes on request", "按需采集的数据")))
                }
            }
        }
    };
    ui::panel(language.say("Sources", "数据源"), body)
}

fn table(language: Language, facts: &Facts, rows: &[(&Freshness, Judgement)], caption: &str) -> Markup {
    let columns = [
        language.say("Source", "数据源"),
        language.say("State", "状态"),
        language.say("Last success", "上次成功"),
        language.say("Last day", "最新日期"),
        language.say("Due", "应到"),
        language.say("Last error", "上次错误"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (caption) }
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { @for (set, judged) in rows { (row(language, facts, columns, set, judged)) } }
            }
        }
    }
}

fn row(language: Language, facts: &Facts, columns: [&str; 6], set: &Freshness, judged: &Judgement) -> Markup {
    html! {
        tr {
            th scope="row" { (set.source) " · " (set.dataset) }
            td data-label=(columns[1]) { (state(language, judged)) }
            td data-label=(columns[2]) {
                @match set.last_success_at {
                    Some(at) => { (moment(at)) " " span.hint { (ago(language, (facts.now - at).num_seconds())) } }
                    None => (absent(language.say("it never succeeded", "从未成功"))),
                }
            }
            td data-label=(columns[3]) {
                @match set.last_trade_date {
                    Some(day) => (date(day)),
                    None => (absent(language.say("it is not about days", "与日期无关"))),
                }
            }
            td data-label=(columns[4]) { (due(language, judged)) }
            td data-label=(columns[5]) { (error(language, set)) }
        }
    }
}

fn state(language: Language, judged: &Judgement) -> Markup {
    let hours = judged.stale_after.num_hours();
    html! {
        @if judged.rhythm == Rhythm::OnRequest {
            (badge(Level::Off, language.say("on request", "按需")))
        } @else if judged.overdue {
            (badge(Level::Bad, language.say("overdue", "逾期")))
        } @else if judged.late == Some(true) {
            (badge(Level::Warn, language.say("late", "迟到")))
        } @else {
            (badge(Level::Ok, language.say("on time", "按时")))
        }
        @if judged.stale {
            " "
            span title={ (language.say("hours since the last success exceed", "距上次成功已超过小时数：")) " " (hours) } {
                (badge(Level::Warn, language.say("stale", "陈旧")))
            }
        }
    }
}

fn due(language: Language, judged: &Judgement) -> Markup {
    html! {
        @match (judged.expected_trade_date, judged.due_at) {
            (Some(day), Some(at)) => {
                (date(day)) " " span.hint { (language.say("since", "自")) " " (moment(at)) }
            }
            (None, Some(at)) => { (language.say("overdue from", "此后逾期：")) " " (moment(at)) }
            _ => (absent(language.say("nobody promises when", "没有约定时间"))),
        }
    }
}

fn error(language: Language, set: &Freshness) -> Markup {
    html! {
        @match (&set.last_error, set.last_error_at) {
            (Some(error), at) => {
                (error)
                @if let Some(at) = at { " " span.hint { (moment(at)) } }
            }
            (None, _) => (absent(language.say("none is known", "无"))),
        }
    }
}
