//! What a crash left behind.

use chrono::{DateTime, Utc};
use route_policy::{Cny, Day};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::{
    LedgerError, WRITTEN_OFF,
    store::{hour_within, mark_stale},
};

/// What the books say at the start. Only days from yesterday on; write-offs of any day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// What counts as spent per channel and day, written-off leases included.
    pub spent: Vec<(String, Day, Cny)>,
    /// Leases that nobody returned and no request accounts for, written off just now.
    pub written_off: Vec<WrittenOff>,
    /// What profiles spent, for their caps.
    pub profile_spent: Vec<(String, Day, Cny)>,
}

/// A lease, or the rest of it, that a crash turned into spending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOff {
    /// The channel.
    pub channel: String,
    /// The day whose budget it burdens.
    pub day: Day,
    /// How much. An upper bound of what was really spent and not recorded.
    pub amount: Cny,
}

/// Writes off what was leased and neither returned nor recorded, and reads what counts as spent.
pub(super) fn recover(connection: &mut Connection, now: DateTime<Utc>) -> Result<Recovery, LedgerError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let written_off = write_off(&transaction, now)?;
    let today = Day::of(now);
    let yesterday = Day::from_date(today.date().pred_opt().unwrap_or(today.date()));
    let spent = {
        let mut query = transaction.prepare("SELECT channel, day, max(leased, charged) FROM budget WHERE day >= ?1")?;
        let rows = query.query_map([yesterday.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mut spent = Vec::new();
        for row in rows {
            let (channel, day, nano): (String, String, i64) = row?;
            spent.push((channel, parse_day(&day)?, Cny::from_nano(nano)));
        }
        spent
    };
    let mut profile_spent = Vec::new();
    for day in [yesterday, today] {
        let mut query = transaction.prepare(
            "SELECT profile, sum(cny) FROM usage_hour WHERE hour >= ?1 AND hour < ?2 AND profile <> ?3 GROUP BY profile",
        )?;
        let bounds = params![day.start().timestamp(), day.end().timestamp(), WRITTEN_OFF];
        for row in query.query_map(bounds, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))? {
            let (profile, nano) = row?;
            profile_spent.push((profile, day, Cny::from_nano(nano)));
        }
    }
    transaction.commit()?;
    Ok(Recovery { spent, written_off, profile_spent })
}

fn write_off(transaction: &Transaction<'_>, now: DateTime<Utc>) -> Result<Vec<WrittenOff>, LedgerError> {
    let mut open = transaction.prepare("SELECT channel, day, leased - charged FROM budget WHERE leased > charged")?;
    let rows = open.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(String, String, i64)> = rows.collect::<Result<_, _>>()?;
    let mut written_off = Vec::with_capacity(rows.len());
    for (channel, day, nano) in rows {
        transaction.execute(
            "UPDATE budget SET charged = leased, estimated = estimated + ?3, written_off = written_off + ?3
             WHERE channel = ?1 AND day = ?2",
            params![channel, day, nano],
        )?;
        let day = parse_day(&day)?;
        // In the reports it stands in the hour of this start, or in the last hour of its day when that is over.
        let hour = hour_within(now, day);
        transaction.execute(
            "INSERT INTO usage_hour VALUES (?1, ?2, ?3, '', 0, 0, 0, 0, 0, 0, ?4, ?4, 0)
             ON CONFLICT DO UPDATE SET cny = cny + ?4, estimated = estimated + ?4",
            params![hour, WRITTEN_OFF, channel, nano],
        )?;
        mark_stale(transaction, hour)?;
        written_off.push(WrittenOff { channel, day, amount: Cny::from_nano(nano) });
    }
    Ok(written_off)
}

fn parse_day(text: &str) -> Result<Day, LedgerError> {
    text.parse().map_err(|_| LedgerError::Database(format!("{text:?} in table budget is no day")))
}
