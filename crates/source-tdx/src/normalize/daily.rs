//! Pages of daily bars → one ascending history in yuan and shares.

use chrono::NaiveDate;
use market_model::{Code, DailyBar};

use super::{
    bars::priced,
    scale::{is_index, volume_unit},
    unit::{UnitFault, correct, judge},
};
use crate::{
    RejectedRow, Row,
    wire::{BarRecord, Category},
};

/// The days that are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    /// Bars of later days are still live: they are left out, whatever `to` says.
    pub(crate) last_final_day: NaiveDate,
}

/// What became of the records.
#[derive(Debug, Default)]
pub(crate) struct DailyRows {
    pub(crate) rows: Vec<Row<DailyBar>>,
    pub(crate) rejected: Vec<RejectedRow>,
    pub(crate) suspect_rows: usize,
    pub(crate) notes: Vec<String>,
}

/// Normalizes the pages of one history, in the order in which they were asked for.
///
/// Left out: days outside the window, days that are not final, flat bars without volume (how some servers mark a suspended
/// day; an index is never suspended), and a day that came twice because a new bar moved the window between two pages.
/// Refused: records whose date is no day, whose prices or volumes are no numbers, or that contradict another bar of the day.
pub(crate) fn daily(
    dataset: &'static str,
    code: &Code,
    pages: &[impl AsRef<[BarRecord]>],
    window: Window,
) -> Result<DailyRows, UnitFault> {
    let mut result = DailyRows::default();
    let unit = volume_unit(code, Category::Day);
    let suspensions = !is_index(code);
    let mut bars = Vec::new();
    let mut places = Vec::new();
    result.rows.reserve(pages.iter().map(|page| page.as_ref().len()).sum());
    for (page, records) in pages.iter().enumerate() {
        bars.clear();
        places.clear();
        for (record, row) in records.as_ref().iter().zip(0_u32..) {
            match priced(code, Category::Day, record, unit) {
                Ok((time, bar)) => {
                    let is_flat =
                        suspensions && bar.volume == 0 && bar.high == bar.low && bar.amount.is_none_or(|a| a < 0.5);
                    if time.date() <= window.last_final_day && !is_flat {
                        bars.push(bar);
                        places.push(row);
                    }
                }
                // Before the opening auction today's bar may be all zeros; it is not looked at, like any live one.
                Err(_) if is_live(record, window) => {}
                Err(reason) => result.rejected.push(rejected(dataset, page, row, reason.to_owned(), record)),
            }
        }
        let verdict = judge(code, &bars, unit)?;
        if verdict.correction != 1.0 {
            correct(&mut bars, verdict.correction);
            result.notes.push(format!(
                "volumes on page {page} of {code} are counted in units of {} instead of {unit} shares, by amount and price",
                unit * verdict.correction
            ));
        }
        result.suspect_rows += verdict.suspect_rows;
        let wanted = bars.drain(..).zip(&places).filter(|(bar, _)| (window.from..=window.to).contains(&bar.trade_date));
        result.rows.extend(wanted.map(|(value, &row)| Row { value, page, row }));
    }
    sort_and_unite(dataset, &mut result);
    Ok(result)
}

fn is_live(record: &BarRecord, window: Window) -> bool {
    Category::Day.time_of(record.stamp).is_some_and(|time| time.date() > window.last_final_day)
}

/// Ascending by date, one bar a day: of several, the one that was received first stays, and the others are refused unless
/// they are the same.
fn sort_and_unite(dataset: &'static str, result: &mut DailyRows) {
    // Stable, so that what was received first comes first.
    result.rows.sort_by_key(|row| row.value.trade_date);
    let rejected_rows = &mut result.rejected;
    result.rows.dedup_by(|later, kept| {
        let same_day = later.value.trade_date == kept.value.trade_date;
        if same_day && later.value != kept.value {
            let reason = format!("another bar of {} says otherwise", kept.value.trade_date);
            rejected_rows.push(rejected(dataset, later.page, later.row, reason, &later.value));
        }
        same_day
    });
}

pub(super) fn rejected(
    dataset: &'static str,
    page: usize,
    row: u32,
    reason: String,
    value: &dyn std::fmt::Debug,
) -> RejectedRow {
    RejectedRow { dataset, page, row, reason, value: format!("{value:?}") }
}
