//! The 98 % rule: a day on which too many of the expected codes are missing stays out of curated.
//!
//! Expected are the A-shares listed on the day, minus whole-day suspensions. A day is judged per source, and judged again
//! whenever its bars, the suspensions or the list of instruments change, so that the order in which they arrive does not
//! matter. A day that is in the base is sealed: it was complete when it was moved there and is not taken back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};

use crate::{
    WarehouseError, Withheld, WriterOptions, arrow_rows, findings,
    writer::datasets::{PAUSED, SUSPENDED},
};

/// The data set whose coverage is judged.
pub(crate) const DAILY: &str = "daily";

/// `partition.reason` of a complete day whose rows came in parts, without the claim to be the whole answer.
const ASSEMBLED: &str = "assembled from parts";

/// `partition.reason` of a day that is complete because its codes were asked for one by one.
pub(crate) const BACKFILLED: &str = "backfilled";

/// A day of one source.
pub(crate) type Day = (String, NaiveDate);

/// Whether a day is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Enough codes are there.
    Complete,
    /// Too few, or nobody knows how many there should be.
    Withheld,
}

/// A row of `partition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartitionRow {
    pub(crate) expected: u32,
    pub(crate) present: u32,
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
}

impl PartitionRow {
    /// Whether somebody claimed to have brought the vendor's whole answer.
    fn is_declared(&self) -> bool {
        self.reason.as_deref() != Some(ASSEMBLED)
    }
}

/// What a judgement changed.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub(crate) changed: bool,
    /// Judged days that are withheld.
    pub(crate) withheld: Vec<Withheld>,
    /// Days that were withheld and are complete.
    pub(crate) released: BTreeSet<NaiveDate>,
    /// Days that are complete now and were not, or were and are not.
    pub(crate) turned: BTreeSet<NaiveDate>,
}

/// Every judged day of the data set `daily`.
pub(crate) fn partitions(conn: &Connection) -> Result<BTreeMap<Day, PartitionRow>, WarehouseError> {
    let mut statement = conn.prepare(
        "SELECT source, trade_date, expected, present, state, reason FROM partition WHERE dataset = 'daily'",
    )?;
    let rows = statement.query_map([], |row| {
        let state = if row.get::<_, String>(4)? == "complete" { State::Complete } else { State::Withheld };
        let partition = PartitionRow { expected: row.get(2)?, present: row.get(3)?, state, reason: row.get(5)? };
        Ok(((row.get(0)?, row.get(1)?), partition))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The complete days and their sources.
pub(crate) fn complete_days(partitions: &BTreeMap<Day, PartitionRow>) -> BTreeMap<NaiveDate, BTreeSet<String>> {
    let mut days: BTreeMap<NaiveDate, BTreeSet<String>> = BTreeMap::new();
    for ((source, day), partition) in partitions {
        if partition.state == State::Complete {
            days.entry(*day).or_default().insert(source.clone());
        }
    }
    days
}

/// Judges `days` anew, with `declared` among them brought as whole answers, and updates `partition`.
pub(crate) fn judge(
    conn: &Connection,
    days: &BTreeSet<Day>,
    declared: &BTreeSet<Day>,
    has_base: bool,
    options: &WriterOptions,
    now: DateTime<Utc>,
) -> Result<Judged, WarehouseError> {
    let mut judged = Judged::default();
    if days.is_empty() {
        return Ok(judged);
    }
    let before = partitions(conn)?;
    let mut changed = Vec::new();
    for (day, counts) in count(conn, days, has_base)? {
        let old = before.get(&day);
        let is_declared = declared.contains(&day) || old.is_some_and(PartitionRow::is_declared);
        let new = counts.judge(is_declared, options.coverage_percent);
        if let Some(withheld) = new.as_ref().filter(|row| row.state == State::Withheld) {
            judged.withheld.push(Withheld {
                source: day.0.clone(),
                trade_date: day.1,
                expected: withheld.expected,
                present: withheld.present,
                reason: withheld.reason.clone().unwrap_or_default(),
            });
        }
        if old != new.as_ref() {
            let state = |row: Option<&PartitionRow>| row.map(|row| row.state);
            let is_complete = |row| state(row) == Some(State::Complete);
            if is_complete(old) != is_complete(new.as_ref()) {
                judged.turned.insert(day.1);
            }
            if state(old) == Some(State::Withheld) && state(new.as_ref()) == Some(State::Complete) {
                judged.released.insert(day.1);
            }
            changed.push((day, new));
        }
    }
    judged.withheld.sort_by(|a, b| (a.trade_date, &a.source).cmp(&(b.trade_date, &b.source)));
    judged.changed = !changed.is_empty();
    if judged.changed {
        store(conn, &changed, now)?;
        findings::sync_incomplete_days(conn, now)?;
    }
    Ok(judged)
}

/// What is known about the completeness of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    /// A-shares listed on the day.
    listed: u32,
    /// Those not suspended for the whole day.
    expected: u32,
    /// Those with a bar of the source.
    present: u32,
}

impl Counts {
    /// The day's row; `None` for a day that nobody declared and that is not complete: it counts as not fetched.
    fn judge(self, is_declared: bool, percent: f64) -> Option<PartitionRow> {
        let Self { listed, expected, present } = self;
        let complete = listed > 0 && f64::from(present) * 100.0 >= percent * f64::from(expected);
        let (state, reason) = if complete {
            (State::Complete, (!is_declared).then(|| ASSEMBLED.to_owned()))
        } else if !is_declared {
            return None;
        } else if listed == 0 {
            (State::Withheld, Some("no reference data".to_owned()))
        } else {
            (State::Withheld, Some(format!("{present} of {expected} expected codes, {percent} % are required")))
        };
        Some(PartitionRow { expected, present, state, reason })
    }
}

fn count(conn: &Connection, days: &BTreeSet<Day>, has_base: bool) -> Result<Vec<(Day, Counts)>, WarehouseError> {
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE judged_day (source VARCHAR, trade_date DATE)")?;
    let columns = vec![
        arrow_rows::texts(days.iter().map(|(source, _)| source)),
        arrow_rows::dates(days.iter().map(|(_, day)| *day)),
    ];
    arrow_rows::append_temp(conn, "judged_day", columns)?;
    let (first, last) = (days.iter().map(|d| d.1).min(), days.iter().map(|d| d.1).max());
    let range = match (first, last) {
        (Some(first), Some(last)) => format!("trade_date BETWEEN DATE '{first}' AND DATE '{last}'"),
        _ => return Ok(Vec::new()),
    };
    // A bar or a halt counts once, whether it lies in the tail, in the base or in both.
    let both = |table: &str, columns: &str, condition: &str| {
        let from = |name: &str| format!("SELECT {columns} FROM {name} WHERE {range} AND {condition}");
        if has_base { format!("{} UNION {}", from(table), from(&format!("base.{table}"))) } else { from(table) }
    };
    let sql = format!(
        "WITH listed AS (
             SELECT d.trade_date, i.code FROM (SELECT DISTINCT trade_date FROM judged_day) d
             JOIN instrument i ON i.kind = 'a_share' AND i.list_status <> '{PAUSED}'
              AND i.listed <= d.trade_date AND (i.delisted IS NULL OR d.trade_date < i.delisted)),
         halted AS ({halted}),
         expected AS (SELECT l.* FROM listed l ANTI JOIN halted h ON h.code = l.code AND h.trade_date = l.trade_date),
         bar AS ({bars}),
         present AS (SELECT b.source, b.trade_date, count(DISTINCT b.code) AS n FROM bar b
                     SEMI JOIN expected e ON e.code = b.code AND e.trade_date = b.trade_date GROUP BY ALL)
         SELECT d.source, d.trade_date,
                coalesce((SELECT count(*) FROM listed l WHERE l.trade_date = d.trade_date), 0)::UINTEGER,
                coalesce((SELECT count(*) FROM expected e WHERE e.trade_date = d.trade_date), 0)::UINTEGER,
                coalesce(p.n, 0)::UINTEGER
         FROM judged_day d LEFT JOIN present p ON p.source = d.source AND p.trade_date = d.trade_date",
        halted = both("suspension", "code, trade_date", &format!("kind = '{SUSPENDED}' AND timing IS NULL")),
        bars = both("normalized_daily", "code, trade_date, source", "true"),
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        let counts = Counts { listed: row.get(2)?, expected: row.get(3)?, present: row.get(4)? };
        Ok(((row.get(0)?, row.get(1)?), counts))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn store(conn: &Connection, changed: &[(Day, Option<PartitionRow>)], now: DateTime<Utc>) -> Result<(), WarehouseError> {
    let mut delete = conn.prepare("DELETE FROM partition WHERE dataset = ? AND source = ? AND trade_date = ?")?;
    let mut insert = conn.prepare("INSERT INTO partition VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for ((source, day), row) in changed {
        delete.execute(params![DAILY, source, day])?;
        if let Some(row) = row {
            let state = match row.state {
                State::Complete => "complete",
                State::Withheld => "withheld",
            };
            insert.execute(params![
                DAILY,
                day,
                source,
                row.expected,
                row.present,
                state,
                row.reason,
                now.naive_utc()
            ])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(listed: u32, expected: u32, present: u32, declared: bool) -> Option<State> {
        Counts { listed, expected, present }.judge(declared, 98.0).map(|row| row.state)
    }

    #[test]
    fn a_day_needs_98_percent_of_the_expected_codes() {
        assert_eq!(judge(100, 100, 98, true), Some(State::Complete));
        assert_eq!(judge(100, 100, 97, true), Some(State::Withheld));
        assert_eq!(judge(100, 50, 49, true), Some(State::Complete));
        assert_eq!(judge(5, 0, 0, true), Some(State::Complete));
    }

    #[test]
    fn without_reference_data_nothing_is_complete() {
        let row = Counts { listed: 0, expected: 0, present: 7 }.judge(true, 98.0).unwrap();
        assert_eq!((row.state, row.reason.as_deref()), (State::Withheld, Some("no reference data")));
    }

    #[test]
    fn a_day_that_nobody_declared_counts_only_when_it_is_complete() {
        assert_eq!(judge(100, 100, 97, false), None);
        let row = Counts { listed: 100, expected: 100, present: 99 }.judge(false, 98.0).unwrap();
        assert!(row.state == State::Complete && !row.is_declared());
    }
}
