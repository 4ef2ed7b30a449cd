//! Trading days and what is known of each, in sorted lists: the reasons for missing bars come from here without a query.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::Code;

use super::missing::{Listing, Missing, MissingReason, Runs, add_days};
use crate::{WarehouseError, Withheld};

/// The market's days in one generation.
#[derive(Debug, Default)]
pub(crate) struct Days {
    /// Trading days, ascending, with what is known of each.
    open: Vec<(NaiveDate, DayState)>,
    /// First and last day of the calendar.
    range: Option<(NaiveDate, NaiveDate)>,
    /// The days on which a code was halted from open to close.
    suspended: DaysByCode,
    /// The days on which no bar of a code continues its series.
    interrupted: DaysByCode,
}

/// Days of each code, ascending.
pub(crate) type DaysByCode = HashMap<Code, Box<[NaiveDate]>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayState {
    Ingested,
    Withheld,
    Absent,
    NotYet,
}

impl Days {
    /// Puts together the calendar's `days`, the ingested `partitions` (day, withheld), the last day with bars, the
    /// whole-day halts, and the days whose bars are held back because they do not continue the series.
    pub(crate) fn new(
        days: &market_model::TradingCalendar,
        partitions: &HashMap<NaiveDate, bool>,
        last_bar: Option<NaiveDate>,
        suspended: DaysByCode,
        interrupted: DaysByCode,
    ) -> Self {
        let last = partitions.keys().copied().max().max(last_bar);
        let state = |date: NaiveDate| match partitions.get(&date) {
            Some(false) => DayState::Ingested,
            Some(true) => DayState::Withheld,
            None if last.is_none_or(|last| date > last) => DayState::NotYet,
            None => DayState::Absent,
        };
        let range = days.range();
        let open = range.map(|(first, last)| days.open_days(first, last).map(|date| (date, state(date))).collect());
        Self { open: open.unwrap_or_default(), range, suspended, interrupted }
    }

    /// The days on which `code` was halted from open to close, ascending.
    pub(crate) fn suspended(&self, code: &Code) -> &[NaiveDate] {
        self.suspended.get(code).map_or(&[], |days| days)
    }

    /// The trading days in `[from, to]` that are none of `dates` (the days with a bar, ascending), in runs, with the reason of each.
    pub(crate) fn missing(
        &self,
        code: &Code,
        listing: &Listing,
        (from, to): (NaiveDate, NaiveDate),
        dates: &[NaiveDate],
    ) -> Vec<Missing> {
        if from > to {
            return Vec::new();
        }
        let mut runs = Runs::default();
        let Some((first, last)) = self.range else {
            let reason = if listing.covers(to) { MissingReason::NotYet } else { MissingReason::NotListed };
            if dates.is_empty() {
                add_days(&mut runs, from, to, reason);
            }
            return runs.finish();
        };
        if from < first && dates.first().is_none_or(|date| *date >= first) {
            let end = first.pred_opt().unwrap_or(first).min(to);
            let reason = if listing.covers(end) { MissingReason::Gap } else { MissingReason::NotListed };
            add_days(&mut runs, from, end, reason);
        }
        self.add_open_days(&mut runs, code, listing, (from, to), dates);
        if to > last && dates.last().is_none_or(|date| *date <= last) {
            let start = last.succ_opt().unwrap_or(last).max(from);
            let reason = if listing.covers(start) { MissingReason::NotYet } else { MissingReason::NotListed };
            add_days(&mut runs, start, to, reason);
        }
        runs.finish()
    }

    fn add_open_days(
        &self,
        runs: &mut Runs,
        code: &Code,
        listing: &Listing,
        (from, to): (NaiveDate, NaiveDate),
        dates: &[NaiveDate],
    ) {
        let start = self.open.partition_point(|(date, _)| *date < from);
        let len = self.open[start..].partition_point(|(date, _)| *date <= to);
        let mut present = dates.iter().peekable();
        for (date, state) in &self.open[start..start + len] {
            while present.peek().is_some_and(|day| *day < date) {
                present.next();
            }
            if present.peek() == Some(&date) {
                present.next();
                runs.interrupt();
            } else {
                runs.add(*date, self.reason(code, listing, *date, *state));
            }
        }
    }

    fn reason(&self, code: &Code, listing: &Listing, date: NaiveDate, state: DayState) -> MissingReason {
        if !listing.covers(date) {
            return MissingReason::NotListed;
        }
        let is_in = |days: &DaysByCode| days.get(code).is_some_and(|days| days.binary_search(&date).is_ok());
        if is_in(&self.suspended) {
            return MissingReason::Suspended;
        }
        match state {
            DayState::Ingested if is_in(&self.interrupted) => MissingReason::Withheld,
            DayState::Ingested | DayState::Absent => MissingReason::Gap,
            DayState::Withheld => MissingReason::Withheld,
            DayState::NotYet => MissingReason::NotYet,
        }
    }
}

/// The days of the data set `daily` that are there (`false`) or held back (`true`), and the latter with their counts. A day
/// that is complete from one source is not held back because it is incomplete from another.
pub(crate) fn load_partitions(
    conn: &Connection,
    tail: &str,
) -> Result<(HashMap<NaiveDate, bool>, Vec<Withheld>), WarehouseError> {
    let mut statement = conn.prepare(&format!(
        "SELECT trade_date, source, state = 'withheld', expected, present, coalesce(reason, '') \
         FROM {tail}.partition WHERE dataset = 'daily' ORDER BY trade_date, source"
    ))?;
    let mut rows = statement.query([])?;
    let mut days = HashMap::new();
    let mut withheld = Vec::new();
    while let Some(row) = rows.next()? {
        let (trade_date, is_withheld): (NaiveDate, bool) = (row.get(0)?, row.get(2)?);
        days.entry(trade_date).and_modify(|day| *day &= is_withheld).or_insert(is_withheld);
        if is_withheld {
            let (source, expected, present, reason) = (row.get(1)?, row.get(3)?, row.get(4)?, row.get(5)?);
            withheld.push(Withheld { source, trade_date, expected, present, reason });
        }
    }
    withheld.retain(|held| days.get(&held.trade_date) == Some(&true));
    Ok((days, withheld))
}

/// The whole-day halts of every code, from the tail and the base.
pub(crate) fn load_suspensions(
    conn: &Connection,
    tail: &str,
    base: Option<&str>,
) -> Result<DaysByCode, WarehouseError> {
    let select = |database: &str| {
        format!("SELECT code, trade_date FROM {database}.suspension WHERE kind = 'suspended' AND timing IS NULL")
    };
    // Sorted below, code by code: DuckDB would need several times the memory for it.
    let all: Vec<String> = std::iter::once(tail).chain(base).map(select).collect();
    load_days(conn, &all.join(" UNION ALL "))
}

/// The days on which a code has bars, none of which continues its series: `curate` holds them back with a finding.
pub(crate) fn load_interrupted(conn: &Connection, tail: &str) -> Result<DaysByCode, WarehouseError> {
    let open = "check_name = 'source_seam' AND closed_at IS NULL AND code IS NOT NULL AND trade_date IS NOT NULL";
    load_days(conn, &format!("SELECT code, trade_date FROM {tail}.quality_log WHERE {open}"))
}

fn load_days(conn: &Connection, sql: &str) -> Result<DaysByCode, WarehouseError> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut by_code: HashMap<Code, Vec<NaiveDate>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let code: String = row.get(0)?;
        let code = code.parse().map_err(|error| WarehouseError::Other(format!("days of a code: {error}")))?;
        by_code.entry(code).or_default().push(row.get(1)?);
    }
    let sorted = |mut days: Vec<NaiveDate>| {
        days.sort_unstable();
        days.dedup();
        days.into_boxed_slice()
    };
    Ok(by_code.into_iter().map(|(code, days)| (code, sorted(days))).collect())
}
