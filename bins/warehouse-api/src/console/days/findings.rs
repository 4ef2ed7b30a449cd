//! What the checks found about the day.

use std::sync::Arc;

use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language,
    ui::{self, Level, badge},
};
use quality_rules::Severity;
use warehouse::{FindingFilter, FindingPage, Generation};

use crate::console::{pages::Pages, words::absent};

/// So many are listed here; the page of findings has them all.
const LISTED: usize = 50;

/// The newest findings about `date` that are still the case.
pub(super) async fn of(pages: &Pages, generation: &Arc<Generation>, date: NaiveDate) -> Result<FindingPage, Problem> {
    let reading = generation.clone();
    let filter =
        FindingFilter { trade_dates: Some((date, date)), open_only: true, limit: LISTED, ..FindingFilter::default() };
    pages.app.queries.run(move || reading.findings(&filter)).await
}

/// A row per finding; a sentence where there is none.
pub(super) fn panel(language: Language, date: NaiveDate, found: &FindingPage) -> Markup {
    let columns = [
        language.say("Check", "检查"),
        language.say("Severity", "级别"),
        language.say("Code", "代码"),
        language.say("What was found", "内容"),
    ];
    let body = if found.findings.is_empty() {
        ui::empty(language.say("Nothing is open about this day.", "此日没有未处理的问题。"))
    } else {
        html! {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (language.say("Open findings about", "未处理问题：")) " " (date) }
                    thead { tr { @for column in columns { th scope="col" { (column) } } } }
                    tbody {
                        @for finding in &found.findings {
                            tr {
                                th scope="row" { a href={ "/console/findings/" (finding.id) } { (finding.check) } }
                                td data-label=(columns[1]) { (severity(language, finding.severity)) }
                                td data-label=(columns[2]) {
                                    @match finding.code {
                                        Some(code) => a href={ "/console/instruments/" (code) } { (code) },
                                        None => (absent(language.say("it is about the whole day", "针对整日"))),
                                    }
                                }
                                td data-label=(columns[3]) { (finding.message) }
                            }
                        }
                    }
                }
            }
            @if found.next.is_some() {
                p { a.button href={ "/console/findings?day=" (date) } { (language.say("All findings of this day", "此日全部问题")) } }
            }
        }
    };
    ui::panel(language.say("Open findings", "未处理问题"), body)
}

/// The severity in its colour.
fn severity(language: Language, severity: Severity) -> Markup {
    match severity {
        Severity::Error => badge(Level::Bad, language.say("error", "错误")),
        Severity::Warning => badge(Level::Warn, language.say("warning", "警告")),
        Severity::Info => badge(Level::Info, language.say("note", "提示")),
    }
}
