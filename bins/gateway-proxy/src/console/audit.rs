//! `/console/audit`: who changed what.

use axum::{extract::State, http::Uri, response::Response};
use daemon_kit::problem::Problem;
use gateway_ledger::AuditEntry;
use maud::{Markup, html};
use operator_console::{Language, Visit, ui};
use serde_json::Value;

use super::{
    mount::Pages,
    query::{buttons, moment_field, none, text_field},
    table::{head, shortened},
    words,
};
use crate::admin::{Params, audit_filter, next_href, problem};

const PATH: &str = "/console/audit";
const KNOWN: [&str; 6] = ["actor", "action", "subject", "since", "until", "cursor"];
/// Entries of a page.
const ROWS: usize = 50;
/// Of a change, so many characters are shown: the whole of a definition is a long text.
const LONGEST: usize = 200;

/// The list with its filters.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let params = Params::of_form(&uri, &KNOWN)?;
    let after: Option<i64> = params.read("cursor", "as in the link below a list", |text| text.parse().ok())?;
    let page = pages.gateway.ledger.audit_log(audit_filter(&params)?, after, ROWS).await.map_err(problem)?;
    let next = page.next.map(|next| next_href(&uri, &next));
    let body = html! {
        form.filters method="get" action=(PATH) {
            (text_field(&params, "actor", language.say("Who", "操作者")))
            (text_field(&params, "action", language.say("Action, as channel.change", "操作，如 channel.change")))
            (text_field(&params, "subject", language.say("About", "对象")))
            (moment_field(&params, "since", language.say("Since", "起始")))
            (moment_field(&params, "until", language.say("Before", "截止")))
            (buttons(language, PATH))
        }
        div.panel { (table(language, &page.entries)) }
        (ui::next_page(language, next.as_deref()))
    };
    Ok(visit.page(language.say("Audit log", "审计日志"), body))
}

/// Entries in lines.
pub(super) fn table(language: Language, entries: &[AuditEntry]) -> Markup {
    if entries.is_empty() {
        return ui::empty(language.say("There are no such entries.", "没有符合条件的记录。"));
    }
    let columns = [
        language.say("When", "时间"),
        language.say("Who", "操作者"),
        language.say("Action", "操作"),
        language.say("About", "对象"),
        language.say("Before", "之前"),
        language.say("After", "之后"),
    ];
    let [when, who, action, about, before, after] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Entries of the audit log, newest first", "审计记录，最新在前")) }
            (head(&columns, &[]))
            tbody {
                @for entry in entries {
                    tr {
                        td data-label=(when) { (ui::moment(entry.at)) }
                        td data-label=(who) { (entry.actor) }
                        th scope="row" data-label=(action) title=(entry.action) {
                            (words::word(language, &entry.action))
                        }
                        td data-label=(about) { (entry.subject) }
                        td data-label=(before) { (part(language, entry.before.as_ref())) }
                        td data-label=(after) { (part(language, entry.after.as_ref())) }
                    }
                }
            }
        } }
    }
}

/// The part that changed: its members in words, as `enabled: false`.
fn part(language: Language, part: Option<&Value>) -> Markup {
    match part {
        None | Some(Value::Null) => none(language.say("nothing", "无")),
        Some(Value::Object(members)) if members.is_empty() => none(language.say("nothing", "无")),
        Some(Value::Object(members)) => {
            let told = members.iter().map(|(name, value)| format!("{name}: {}", plain(value)));
            let told = told.collect::<Vec<_>>().join(", ");
            html! { code { (shortened(&told, LONGEST)) } }
        }
        Some(other) => html! { code { (shortened(&plain(other), LONGEST)) } },
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_told_by_its_members_and_never_at_any_length() {
        let told = |value: Value| part(Language::English, Some(&value)).into_string();
        assert_eq!(
            told(json!({"enabled": false, "budget_cny_per_day": "0"})),
            "<code>budget_cny_per_day: 0, enabled: false</code>"
        );
        assert!(told(json!({"note": "<script>"})).contains("&lt;script&gt;"));
        assert!(told(json!({"note": "平".repeat(2000)})).chars().count() < 250);
        assert!(told(json!({})).contains("–"));
    }
}
