//! Reads a stored response again, by the adapter of today: for rows that were refused when they came.
//!
//! Each vendor's crate reads a stored response by the code that reads a live one. Here the results become rows that the
//! writer can put where they belong, each at the place at which it stood.

mod abroad;
mod aktools;
pub(crate) mod factors;
mod tdx;
mod tushare;

use std::collections::HashMap;

use chrono::NaiveDate;
use market_model::{Code, DailyBar};
use warehouse::{QuarantinedRow, RawResponse, Rejected, ReleasedRow, Sourced};

use crate::{answer, sources::Source};

/// What a stored response says by today's rules.
#[derive(Debug, Default)]
pub(crate) struct Renormalized {
    /// The rows by data set and place. A vendor's row may make several, figures of a report for example.
    rows: HashMap<(String, u32), Vec<ReleasedRow>>,
    /// Why there is none, by data set and place.
    rejected: HashMap<(String, u32), String>,
    /// The day whose factors the bars lack.
    lacks_factors_of: Option<NaiveDate>,
}

/// Reads `response` again. Of a macroeconomic function only `macro_series` are wanted.
///
/// # Errors
/// Why nothing of it can be used.
pub(crate) fn renormalize(response: &RawResponse, macro_series: &[String]) -> Result<Renormalized, String> {
    match Source::named(&response.source) {
        Some(Source::Tushare) => tushare::read(response),
        Some(Source::Tdx) => tdx::read(response),
        Some(Source::Aktools) => aktools::read(response, macro_series),
        Some(Source::Yahoo) => abroad::read_yahoo(response),
        Some(Source::AlphaVantage) => abroad::read_alpha_vantage(response),
        None => Err(format!("there is no adapter for {}", response.source)),
    }
}

impl Renormalized {
    /// The rows that stand where the entry's row stood.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) fn rows_of(&self, entry: &QuarantinedRow) -> Result<Vec<ReleasedRow>, String> {
        let row = entry.raw_row.and_then(|row| u32::try_from(row).ok());
        let row = row.ok_or("its place in the response is not known")?;
        let place = (entry.dataset.clone(), row);
        // A place of which a part is refused still: the other parts were stored when they came.
        if let Some(reason) = self.rejected.get(&place) {
            return Err(reason.clone());
        }
        if let Some(rows) = self.rows.get(&place) {
            return Ok(rows.clone());
        }
        // The writer refused it, under the name of the table it was meant for.
        let at_place = self.rows.iter().filter(|((_, at), _)| *at == row).flat_map(|(_, rows)| rows);
        let of_table: Vec<ReleasedRow> = at_place.filter(|found| table_of(found) == entry.dataset).cloned().collect();
        if of_table.is_empty() {
            return Err("the adapter of today makes no row of it".to_owned());
        }
        Ok(of_table)
    }

    /// The day of the bars that came without factors, which the vendor has in another answer.
    pub(crate) fn lacks_factors_of(&self) -> Option<NaiveDate> {
        self.lacks_factors_of
    }

    /// Puts the factors of that day into the bars.
    pub(crate) fn join_factors(&mut self, factors: &HashMap<(Code, NaiveDate), f64>) {
        for bar in self.rows.values_mut().flatten() {
            if let ReleasedRow::Daily(bar) = bar {
                bar.adj_factor = factors.get(&(bar.code, bar.trade_date)).copied();
            }
        }
    }

    /// What came of one data set: rows, and the places at which there are none.
    fn add<T, R, J>(&mut self, dataset: &str, rows: Vec<R>, rejected: Vec<J>, release: impl Fn(T) -> ReleasedRow)
    where
        answer::Placed<T>: From<R>,
        answer::Refused: From<J>,
    {
        self.add_rows(dataset, rows, release);
        for Rejected { dataset, row, reason, .. } in answer::refused(rejected) {
            self.rejected.insert((dataset, row), reason);
        }
    }

    fn add_rows<T, R>(&mut self, dataset: &str, rows: Vec<R>, release: impl Fn(T) -> ReleasedRow)
    where
        answer::Placed<T>: From<R>,
    {
        for Sourced { value, row, .. } in answer::placed(rows) {
            self.rows.entry((dataset.to_owned(), row)).or_default().push(release(value));
        }
    }

    /// The day of all bars, if they are of one.
    fn day_of_bars<'a>(mut bars: impl Iterator<Item = &'a DailyBar>) -> Option<NaiveDate> {
        let day = bars.next()?.trade_date;
        bars.all(|bar| bar.trade_date == day).then_some(day)
    }
}

/// The table that a row is meant for.
fn table_of(row: &ReleasedRow) -> &'static str {
    match row {
        ReleasedRow::Daily(_) => "normalized_daily",
        ReleasedRow::Basic(_) => "normalized_daily_basic",
        ReleasedRow::Limit(_) => "price_limit",
        ReleasedRow::Suspension(_) => "suspension",
        ReleasedRow::Action(_) => "corporate_action",
        ReleasedRow::Fundamental(_) => "fundamental_claim",
        ReleasedRow::Macro(_) => "macro_observation",
        ReleasedRow::Name(_) => "instrument_name",
    }
}

#[cfg(test)]
mod tests;
