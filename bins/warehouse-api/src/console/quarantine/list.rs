//! Entries as a table, with the form that decides about those that are ticked.

use std::collections::HashMap;

use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{date, empty, moment},
};
use warehouse::{Generation, QuarantinedRow};

use super::{PATH, pending::Asked, states};
use crate::console::{codes, rules, words::absent};

/// A value longer than this goes on on its own page.
const VALUE_CHARS: usize = 80;

/// The table within its form; a sentence where there is nothing.
pub(super) fn form(
    visit: &Visit,
    generation: &Generation,
    rows: &[QuarantinedRow],
    pending: &HashMap<String, Asked>,
) -> Markup {
    let language = visit.language;
    if rows.is_empty() {
        return empty(language.say("There are no such rows.", "没有符合条件的行。"));
    }
    let any_held = rows.iter().any(|row| row.state == states::HELD);
    html! {
        @if any_held {
            form method="post" action="/console/quarantine/release" {
                (visit.csrf())
                (table(language, generation, rows, pending))
                (decision(language))
            }
        } @else {
            (table(language, generation, rows, pending))
        }
    }
}

/// The reason and the buttons.
pub(super) fn decision(language: Language) -> Markup {
    let force = "store what the gate refuses still, as far as it can be stored at all";
    html! {
        div.decision {
            label {
                (language.say("Why (it goes into the audit)", "原因（写入审计）"))
                textarea name="note" required maxlength="2000" rows="2" {}
            }
            label.check {
                input type="checkbox" name="force" value="yes";
                (language.say("Force: ", "强制：")) (language.say(force, "即使闸门仍拒绝也尽量写入"))
            }
            div.actions {
                button.primary type="submit" { (language.say("Release", "放行")) }
                button.danger type="submit" formaction="/console/quarantine/discard" { (language.say("Discard", "丢弃")) }
            }
        }
    }
}

fn table(
    language: Language,
    generation: &Generation,
    rows: &[QuarantinedRow],
    pending: &HashMap<String, Asked>,
) -> Markup {
    let titles = [
        language.say("Choose", "选择"),
        language.say("State", "状态"),
        language.say("Source", "数据源"),
        language.say("Code", "代码"),
        language.say("Day", "日期"),
        language.say("Why refused", "拒绝原因"),
        language.say("Value", "值"),
        language.say("Put aside", "隔离时间"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Rows in quarantine, the newest first", "隔离区的数据行，最新的在前")) }
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody { @for entry in rows { (row(language, generation, entry, pending.get(&entry.id), &titles)) } }
            }
        }
    }
}

fn row(
    language: Language,
    generation: &Generation,
    entry: &QuarantinedRow,
    asked: Option<&Asked>,
    titles: &[&str; 8],
) -> Markup {
    let name = entry.code.as_deref().unwrap_or(&entry.id);
    html! {
        tr {
            td data-label=(titles[0]) {
                @if entry.state == states::HELD {
                    label.tick {
                        input type="checkbox" name="id" value=(entry.id);
                        span.visually-hidden {
                            (titles[0]) " " (name) @if let Some(day) = entry.trade_date { " " (day) }
                        }
                    }
                }
            }
            td data-label=(titles[1]) {
                span {
                    (states::state(language, &entry.state))
                    @if let Some(asked) = asked { " " (on_its_way(language, asked)) }
                }
            }
            td data-label=(titles[2]) { (entry.source) br; code { (entry.dataset) } }
            td data-label=(titles[3]) { (code(language, generation, entry)) }
            td data-label=(titles[4]) {
                @match entry.trade_date {
                    Some(day) => (date(day)),
                    None => (absent(language.say("the day could not be read", "日期无法读取"))),
                }
            }
            td data-label=(titles[5]) {
                a href=(format!("{PATH}/{}", entry.id)) { (entry.reason) }
                br;
                code title=(rules::title(language, &entry.rule)) { (entry.rule) }
            }
            td data-label=(titles[6]) { code.mono { (clipped(&entry.value)) } }
            td data-label=(titles[7]) { (moment(entry.quarantined_at)) }
        }
    }
}

/// The code or the series; it leads to its chart where it has one.
pub(super) fn code(language: Language, generation: &Generation, entry: &QuarantinedRow) -> Markup {
    let Some(text) = &entry.code else {
        return absent(language.say("the code could not be read", "代码无法读取"));
    };
    match text.parse() {
        Ok(code) if generation.knows(&code) => codes::link(generation, &code),
        _ => html! { (text) },
    }
}

/// What was asked for and does not show yet.
pub(super) fn on_its_way(language: Language, asked: &Asked) -> Markup {
    let verb = if asked.release {
        language.say("release asked for by ", "已请求放行：")
    } else {
        language.say("discarding asked for by ", "已请求丢弃：")
    };
    html! { span.hint { (verb) (asked.by) ", " (moment(asked.at)) } }
}

fn clipped(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
