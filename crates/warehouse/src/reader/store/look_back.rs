//! The bars as a scan of many codes wants them: also where neither series file nor memory has them, without a query per code.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use super::{BarStore, Base, merge, sql_date};
use crate::{
    Bar, WarehouseError,
    reader::{
        curated_scan::scan_curated,
        scan::{CodeRange, range_sql},
    },
};

/// Bars of a range of codes that had to be asked of DuckDB. Empty where the series file and the tail in memory answer.
#[derive(Debug, Default)]
pub(crate) struct Unmapped {
    base: Option<HashMap<Code, Vec<Bar>>>,
    tail: Option<HashMap<Code, Vec<Bar>>>,
}

impl BarStore {
    /// Reads the bars of `codes` up to the day `last` of those parts that are not in memory.
    pub(crate) fn load_unmapped(
        &self,
        conn: &Connection,
        codes: &CodeRange,
        last: NaiveDate,
    ) -> Result<Unmapped, WarehouseError> {
        let read = |database: &str| self.read_range(conn, database, codes, last);
        Ok(Unmapped {
            base: match &self.base {
                Some(Base { name, series: Err(_) }) => Some(read(name)?),
                _ => None,
            },
            tail: if self.overlay.is_none() { Some(read(&self.tail)?) } else { None },
        })
    }

    /// [`BarStore::bars`] with what was read beforehand.
    pub(crate) fn bars_beside(
        &self,
        unmapped: &Unmapped,
        code: &Code,
        (from, to): (NaiveDate, NaiveDate),
        out: &mut Vec<Bar>,
    ) -> Result<(), WarehouseError> {
        if from > to {
            return Ok(());
        }
        let start = out.len();
        match &unmapped.base {
            Some(base) => out.extend_from_slice(range(base, code, from, to)),
            None => self.push_base(code, from, to, out)?,
        }
        match (&unmapped.tail, &self.overlay) {
            (Some(tail), _) => merge(out, start, range(tail, code, from, to)),
            (None, Some(overlay)) => {
                if let Some(tail) = overlay.get(code) {
                    merge(out, start, tail.range(from, to));
                }
            }
            (None, None) => merge(out, start, &self.query(&self.tail, code, from, to)?),
        }
        Ok(())
    }

    /// The day of the last bar of `code` before `date`.
    pub(crate) fn last_before(
        &self,
        unmapped: &Unmapped,
        code: &Code,
        date: NaiveDate,
    ) -> Result<Option<NaiveDate>, WarehouseError> {
        let Some(end) = date.pred_opt() else { return Ok(None) };
        let in_series = match &self.base {
            None => Some(None),
            Some(Base { series: Ok(series), .. }) => series.block(code).ok(),
            Some(Base { series: Err(_), .. }) => None,
        };
        let (Some(block), Some(overlay)) = (in_series, &self.overlay) else {
            let mut bars = Vec::new();
            self.bars_beside(unmapped, code, (NaiveDate::MIN, end), &mut bars)?;
            return Ok(bars.last().map(|bar| bar.date));
        };
        let in_base = block.and_then(|block| {
            let days = block.days;
            days[..days.partition_point(|day| *day < date.to_epoch_days())].last().map(|day| self.days.date(*day))
        });
        let in_tail = overlay.get(code).and_then(|tail| tail.range(NaiveDate::MIN, end).last()).map(|bar| bar.date);
        Ok(in_base.max(in_tail))
    }

    /// About how many bars `code` has; `None` where only a query could tell.
    pub(crate) fn bar_count(&self, code: &Code) -> Option<usize> {
        let in_base = match &self.base {
            None => 0,
            Some(base) => base.series.as_ref().ok()?.rows(code),
        };
        Some(in_base + self.overlay.as_ref()?.get(code).map_or(0, |tail| tail.bars.len()))
    }

    /// The days of bars by their number.
    pub(crate) fn day_table(&self) -> &super::DayTable {
        &self.days
    }

    fn read_range(
        &self,
        conn: &Connection,
        database: &str,
        codes: &CodeRange,
        last: NaiveDate,
    ) -> Result<HashMap<Code, Vec<Bar>>, WarehouseError> {
        let from =
            format!("FROM {database}.curated_daily WHERE {}trade_date <= DATE '{}'", range_sql(codes), sql_date(last));
        let mut by_code: HashMap<Code, Vec<Bar>> = HashMap::new();
        scan_curated(conn, &from, |code, row| {
            by_code.entry(code).or_default().push(self.bar(&row)?);
            Ok(())
        })?;
        for bars in by_code.values_mut() {
            bars.sort_unstable_by_key(|bar| bar.date);
        }
        Ok(by_code)
    }
}

fn range<'a>(bars: &'a HashMap<Code, Vec<Bar>>, code: &Code, from: NaiveDate, to: NaiveDate) -> &'a [Bar] {
    let bars = bars.get(code).map_or(&[][..], Vec::as_slice);
    let start = bars.partition_point(|bar| bar.date < from);
    &bars[start..start + bars[start..].partition_point(|bar| bar.date <= to)]
}
