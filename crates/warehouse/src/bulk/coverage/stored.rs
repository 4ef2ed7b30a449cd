//! Reads what coverage is judged by, and writes the judgement.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, arrow::array::Array as _};
use market_model::Code;

use super::{Coverage, Interval, Judged, Known};
use crate::{
    WarehouseError, arrow_rows,
    arrow_rows::date_of,
    coverage::{BACKFILLED, DAILY},
    engine::quote,
    findings,
    writer::{
        BASE, Session,
        datasets::{PAUSED, SUSPENDED},
    },
};

/// Reads what is known about the days of `source`.
pub(in crate::bulk) fn load(session: &Session, source: &str) -> Result<Known, WarehouseError> {
    let conn = &session.conn;
    let mut known = Known::default();
    let listed = format!(
        "SELECT code, listed, coalesce(delisted - 1, DATE '9999-12-31')::DATE FROM instrument
         WHERE kind = 'a_share' AND list_status <> '{PAUSED}' AND listed IS NOT NULL"
    );
    each_interval(conn, &listed, |code, interval| {
        known.listed.insert(code, interval);
    })?;
    let condition = format!("kind = '{SUSPENDED}' AND timing IS NULL");
    let mut halted = format!("SELECT code, trade_date, trade_date FROM suspension WHERE {condition}");
    if session.base.is_some() {
        halted = format!("{halted} UNION SELECT code, trade_date, trade_date FROM {BASE}.suspension WHERE {condition}");
    }
    each_interval(conn, &halted, |code, (day, _)| {
        if known.listed.contains_key(&code) {
            known.halted.entry(code).or_default().push(day);
        }
    })?;
    for days in known.halted.values_mut() {
        days.sort_unstable();
        days.dedup();
    }
    let asked =
        format!("SELECT code, first_day, last_day FROM bulk_loaded_code WHERE source = {} ORDER BY ALL", quote(source));
    each_interval(conn, &asked, |code, interval| known.asked.entry(code).or_default().push(interval))?;
    let closed = "SELECT cal_date FROM trading_calendar WHERE exchange IN ('SSE', 'SZSE', 'BSE')
                  GROUP BY cal_date HAVING NOT bool_or(is_open)";
    arrow_rows::query(conn, closed, [], |columns| {
        known.closed.extend(columns.dates(0)?.values().iter().copied());
        Ok(())
    })?;
    Ok(known)
}

/// Writes the judgement and what was asked for into the tables of `conn`'s database. Days that the base seals stay as they
/// are; an incomplete day is noted only if somebody had claimed it. Returns how many of the loaded days are complete now, and
/// how many are not.
pub(in crate::bulk) fn store(
    conn: &Connection,
    session: &Session,
    source: &str,
    coverage: &Coverage,
    judged: &[Judged],
    now: DateTime<Utc>,
) -> Result<(u64, u64), WarehouseError> {
    let before = states(conn, source)?;
    let is_sealed =
        |day: NaiveDate| session.base.as_ref().is_some_and(|base| base.sealed.contains(&(source.to_owned(), day)));
    let changed = judged.iter().filter(|row| {
        let withheld = before.get(&row.day).copied();
        !is_sealed(row.day)
            && (row.is_complete && withheld != Some(false) || !row.is_complete && withheld == Some(true))
    });
    let rows: Vec<(&Judged, Option<String>)> = changed
        .map(|row| {
            let lacking = || format!("{} of {} expected codes", row.present, row.expected);
            (row, Some(if row.is_complete { BACKFILLED.to_owned() } else { lacking() }))
        })
        .collect();
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE judged_day (trade_date DATE)")?;
    arrow_rows::append_temp(conn, "judged_day", vec![arrow_rows::dates(rows.iter().map(|(row, _)| row.day))])?;
    conn.execute(
        &format!(
            "DELETE FROM partition USING judged_day j
             WHERE dataset = '{DAILY}' AND source = ? AND partition.trade_date = j.trade_date"
        ),
        [source],
    )?;
    let state = |row: &Judged| if row.is_complete { "complete" } else { "withheld" };
    let columns = vec![
        arrow_rows::texts(rows.iter().map(|_| DAILY)),
        arrow_rows::dates(rows.iter().map(|(row, _)| row.day)),
        arrow_rows::texts(rows.iter().map(|_| source)),
        arrow_rows::ints(rows.iter().map(|(row, _)| row.expected.cast_signed())),
        arrow_rows::ints(rows.iter().map(|(row, _)| row.present.cast_signed())),
        arrow_rows::texts(rows.iter().map(|(row, _)| state(row))),
        arrow_rows::optional_texts(rows.iter().map(|(_, reason)| reason.as_ref())),
        arrow_rows::moments(rows.iter().map(|_| now)),
    ];
    arrow_rows::append(conn, "partition", columns)?;
    if !rows.is_empty() {
        findings::sync_incomplete_days(conn, now)?;
    }
    store_asked(conn, source, &coverage.all_asked())?;
    let loaded = || judged.iter().filter(|row| coverage.is_loaded(row.day));
    let complete = loaded()
        .filter(|row| row.is_complete || is_sealed(row.day) || before.get(&row.day) == Some(&false))
        .count() as u64;
    Ok((complete, loaded().count() as u64 - complete))
}

fn store_asked(conn: &Connection, source: &str, asked: &[(Code, Vec<Interval>)]) -> Result<(), WarehouseError> {
    let rows: Vec<(&Code, &Interval)> =
        asked.iter().flat_map(|(code, intervals)| intervals.iter().map(move |interval| (code, interval))).collect();
    conn.execute("DELETE FROM bulk_loaded_code WHERE source = ?", [source])?;
    let columns = vec![
        arrow_rows::texts(rows.iter().map(|_| source)),
        arrow_rows::texts(rows.iter().map(|(code, _)| code.as_str())),
        arrow_rows::dates(rows.iter().map(|(_, (first, _))| date_of(*first))),
        arrow_rows::dates(rows.iter().map(|(_, (_, last))| date_of(*last))),
    ];
    arrow_rows::append(conn, "bulk_loaded_code", columns)
}

/// Of the judged days of `source`, whether each is withheld.
fn states(conn: &Connection, source: &str) -> Result<HashMap<NaiveDate, bool>, WarehouseError> {
    let sql = format!("SELECT trade_date, state = 'withheld' FROM partition WHERE dataset = '{DAILY}' AND source = ?");
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Calls `each` for every row of a query of code, first and last day.
fn each_interval(conn: &Connection, sql: &str, mut each: impl FnMut(Code, Interval)) -> Result<(), WarehouseError> {
    arrow_rows::query(conn, sql, [], |columns| {
        let (codes, first, last) = (columns.texts(0)?, columns.dates(1)?, columns.dates(2)?);
        for row in 0..columns.rows() {
            if codes.is_valid(row) {
                each(arrow_rows::parse_code(codes.value(row))?, (first.value(row), last.value(row)));
            }
        }
        Ok(())
    })
}
