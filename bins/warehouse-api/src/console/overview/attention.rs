//! The days of the calendar that need somebody's attention, as a list.

use chrono::NaiveDate;
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, date},
};

use crate::console::{
    day_grid::{Cell, DayGrid, Standing},
    words::{counted, text_or_absent},
};

/// So many are listed; the calendar has them all.
const LISTED: usize = 15;

/// The newest first; a sentence where there are none.
pub(super) fn panel(language: Language, grid: &DayGrid) -> Markup {
    let found = found(grid);
    let rest = found.len().saturating_sub(LISTED);
    let body = if found.is_empty() {
        ui::empty(language.say("Every day that is due is there.", "所有应到数据均已到齐。"))
    } else {
        html! {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (language.say("Days that are late, missing or withheld", "迟到、缺失或暂不发布的日期")) }
                    thead { tr {
                        th scope="col" { (language.say("Day", "日期")) }
                        th scope="col" { (language.say("Source", "数据源")) }
                        th scope="col" { (language.say("State", "状态")) }
                        th scope="col" { (language.say("There", "已到")) }
                    } }
                    tbody {
                        @for run in found.iter().take(LISTED) { (row(language, run)) }
                    }
                }
            }
            @if rest > 0 {
                p.hint { (counted(language, rest as u64, "more is in the calendar.", "more are in the calendar.", "条更多见日历。")) }
            }
        }
    };
    ui::panel(language.say("Needs attention", "需要关注"), body)
}

/// Trading days of one source that follow each other and stand alike.
struct Run<'a> {
    first: NaiveDate,
    last: NaiveDate,
    days: u64,
    source: &'a str,
    /// The newest of them.
    cell: &'a Cell,
}

/// The newest run first.
fn found(grid: &DayGrid) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (source, cells) in &grid.rows {
        let mut before: Option<Standing> = None;
        for (day, cell) in grid.days.iter().zip(cells).rev() {
            let standing = Some(cell.standing)
                .filter(|standing| matches!(standing, Standing::Late | Standing::Missing | Standing::Withheld));
            // A withheld day has figures of its own.
            let goes_on = standing.is_some() && standing == before && standing != Some(Standing::Withheld);
            match runs.last_mut().filter(|_| goes_on) {
                Some(run) => (run.first, run.days) = (*day, run.days + 1),
                None if standing.is_some() => runs.push(Run { first: *day, last: *day, days: 1, source, cell }),
                None => {}
            }
            before = standing;
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.last));
    runs
}

fn row(language: Language, run: &Run<'_>) -> Markup {
    let Run { first, last, days, source, cell } = run;
    html! {
        tr {
            td data-label=(language.say("Day", "日期")) {
                span {
                    a href={ "/console/days/" (last) } { (date(*last)) }
                    @if first < last {
                        (language.say(" back to ", " 至 ")) a href={ "/console/days/" (first) } { (date(*first)) }
                        " " span.hint { (counted(language, *days, "trading day", "trading days", "个交易日")) }
                    }
                }
            }
            td data-label=(language.say("Source", "数据源")) { (source) }
            td data-label=(language.say("State", "状态")) { (cell.standing.badge(language)) }
            td data-label=(language.say("There", "已到")) {
                (text_or_absent(&cell.figures(language).unwrap_or_default(), language.say("nothing is there", "没有数据")))
            }
        }
    }
}
