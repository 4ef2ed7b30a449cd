//! What every source brought of the day.

use std::sync::Arc;

use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{Language, ui};
use warehouse::Generation;

use crate::console::{
    day_grid::{Cell, is_mainland},
    overview::facts::Facts,
    pages::Pages,
    words::{absent, count, counted, text_or_absent},
};

/// Which columns are figures.
const FIGURES: std::ops::RangeInclusive<usize> = 2..=4;

/// One source on the day.
pub(super) struct OfDay {
    pub(super) name: String,
    pub(super) cell: Cell,
}

/// Every source on `date`.
pub(super) async fn of(
    pages: &Pages,
    generation: &Arc<Generation>,
    facts: &Facts,
    date: NaiveDate,
) -> Result<Vec<OfDay>, Problem> {
    let kept = pages.source_days(generation).await?;
    let (first, last) = kept.range;
    let (reading, mut source_days) = (generation.clone(), kept.days.clone());
    if date < first || last < date {
        source_days.extend(pages.app.queries.run(move || reading.source_days(date, date)).await?);
    }
    let grid = facts.grid_over(generation, &[date], &source_days, &kept.spans);
    let only = |(name, cells): (String, Vec<Cell>)| Some(OfDay { name, cell: cells.into_iter().next()? });
    Ok(grid.rows.into_iter().filter_map(only).collect())
}

/// A row per source.
pub(super) fn panel(language: Language, date: NaiveDate, sources: &[OfDay]) -> Markup {
    let columns = [
        language.say("Source", "数据源"),
        language.say("State", "状态"),
        language.say("Bars", "日线"),
        language.say("Expected codes there", "应有代码已到"),
        language.say("Missing codes", "缺失代码"),
        language.say("Why", "说明"),
    ];
    let body = if sources.is_empty() {
        ui::empty(language.say("No source has brought any daily bar yet.", "尚无任何数据源提供日线。"))
    } else {
        html! {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (language.say("Sources on", "各数据源：")) " " (date) }
                    thead { tr {
                        @for (place, column) in columns.iter().enumerate() { th.num[FIGURES.contains(&place)] scope="col" { (column) } }
                    } }
                    tbody { @for source in sources { (row(language, date, columns, source)) } }
                }
            }
        }
    };
    ui::panel(language.say("Sources", "数据源"), body)
}

fn row(language: Language, date: NaiveDate, columns: [&str; 6], source: &OfDay) -> Markup {
    let cell = &source.cell;
    html! {
        tr {
            th scope="row" { (source.name) }
            td data-label=(columns[1]) { (cell.standing.badge(language)) }
            td.num data-label=(columns[2]) {
                span {
                    (count(cell.rows))
                    @if cell.others > 0 {
                        " " span.hint { "+ " (counted(language, cell.others, "other", "others", "其他")) }
                    }
                }
            }
            td.num data-label=(columns[3]) {
                @match cell.coverage {
                    Some((present, expected)) => { (count(present)) " / " (count(expected)) },
                    None => (absent(language.say("nobody claimed to have brought this day whole", "没有数据源声明已提供整日数据"))),
                }
            }
            td.num data-label=(columns[4]) {
                @match cell.coverage {
                    Some((present, expected)) if present < expected => {
                        a href={ "/console/days/" (date) "/missing?source=" (source.name) } { (count(expected - present)) }
                    },
                    Some(_) => "0",
                    None if is_mainland(&source.name) && cell.rows > 0 => {
                        a href={ "/console/days/" (date) "/missing?source=" (source.name) } { (language.say("list", "列出")) }
                    },
                    None => (absent(language.say("no bar of it came this day", "当日没有任何日线"))),
                }
            }
            td data-label=(columns[5]) {
                (text_or_absent(&cell.reason, language.say("there is nothing to say about it", "无")))
            }
        }
    }
}
