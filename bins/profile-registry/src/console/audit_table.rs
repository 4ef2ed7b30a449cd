//! Lines of the audit in a table.

use maud::{Markup, html};
use operator_console::Visit;

use super::{
    grid::grid,
    words::{moment_ago, none},
};
use crate::books::audit;

/// Newest first.
pub(super) fn table(visit: &Visit, entries: &[audit::Entry]) -> Markup {
    let say = |en, zh| visit.language.say(en, zh);
    let heads = [say("When", "时间"), say("Who", "操作者"), say("What", "操作"), say("Detail", "详情")];
    html! {
        (grid(say("What was done, newest first", "操作记录，最新在前"), &heads, &[], html! {
            @for entry in entries {
                tr {
                    td data-label=(heads[0]) { (moment_ago(visit, entry.at)) }
                    td data-label=(heads[1]) { (entry.actor) }
                    td data-label=(heads[2]) { code.mono { (entry.action) } }
                    td data-label=(heads[3]) {
                        @match &entry.detail {
                            Some(detail) => (detail),
                            None => (none(say("nothing more is noted", "无更多记录"))),
                        }
                    }
                }
            }
        }))
    }
}
