//! Findings as a table.

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{ago, date, empty, moment},
};
use warehouse::{Generation, LoggedFinding};

use super::PATH;
use crate::console::{codes, rules, words::absent};

/// A message longer than this goes on on its own page.
const MESSAGE_CHARS: usize = 220;

/// The table; a sentence where there is nothing.
pub(super) fn table(
    language: Language,
    generation: &Generation,
    findings: &[LoggedFinding],
    now: DateTime<Utc>,
) -> Markup {
    if findings.is_empty() {
        return empty(language.say("There are no such findings.", "没有符合条件的问题。"));
    }
    let titles = [
        language.say("Severity", "级别"),
        language.say("Rule", "规则"),
        language.say("Code", "代码"),
        language.say("Day", "日期"),
        language.say("Finding", "内容"),
        language.say("Found", "发现时间"),
        language.say("State", "状态"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Findings, the newest first", "问题列表，最新的在前")) }
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody { @for finding in findings { (row(language, generation, finding, &titles, now)) } }
            }
        }
    }
}

fn row(
    language: Language,
    generation: &Generation,
    finding: &LoggedFinding,
    titles: &[&str; 7],
    now: DateTime<Utc>,
) -> Markup {
    html! {
        tr {
            td data-label=(titles[0]) { (rules::severity(language, finding.severity)) }
            td data-label=(titles[1]) { span title=(rules::title(language, &finding.check)) { (finding.check) } }
            td data-label=(titles[2]) {
                @match &finding.code {
                    Some(code) => (codes::link(generation, code)),
                    None => (absent(language.say("it is about no single code", "不涉及单个代码"))),
                }
            }
            td data-label=(titles[3]) {
                @match finding.trade_date {
                    Some(day) => (date(day)),
                    None => (absent(language.say("it is about no single day", "不涉及单个日期"))),
                }
            }
            td data-label=(titles[4]) { a href=(format!("{PATH}/{}", finding.id)) { (clipped(&finding.message)) } }
            td data-label=(titles[5]) { (moment(finding.found_at)) }
            td data-label=(titles[6]) {
                @match finding.closed_at {
                    None => (language.say("open", "未处理")),
                    Some(at) => span title=(crate::shanghai::text(at)) {
                        (language.say("closed ", "已关闭，"))
                        (ago(language, (now - at).num_seconds()))
                    },
                }
            }
        }
    }
}

/// The beginning of a long message.
fn clipped(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
