//! Spending reports.

use chrono::{DateTime, SecondsFormat};
use route_policy::{Cny, Day, Usage};
use rusqlite::{Connection, Row, params};

use crate::{DailySpending, Ledger, LedgerError, Spending, SpendingBy, SpendingQuery, store::hour_of};

impl Ledger {
    /// Who spent what, dearest first; by day or hour in order of time.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn spending(&self, query: SpendingQuery) -> Result<Vec<Spending>, LedgerError> {
        self.ask(move |books| spending(books, &query)).await
    }

    /// The same day by day, Asia/Shanghai: every day of the range on which something was asked, then dearest first.
    /// By day or hour there is one line a day, whose key is empty.
    ///
    /// # Errors
    /// `Closed`, `Io`, `Database`.
    pub async fn daily_spending(&self, query: SpendingQuery) -> Result<Vec<DailySpending>, LedgerError> {
        self.ask(move |books| daily(books, &query)).await
    }
}

fn daily(books: &Connection, query: &SpendingQuery) -> Result<Vec<DailySpending>, LedgerError> {
    let key = match query.by {
        SpendingBy::Profile => "profile",
        SpendingBy::Channel => "channel",
        SpendingBy::Model => "model",
        SpendingBy::Day | SpendingBy::Hour => "''",
    };
    let mut statement = books.prepare_cached(&format!(
        "SELECT (hour + 28800) / 86400 AS day, {key} AS key, sum(requests), sum(cny)
         FROM usage_hour
         WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR profile = ?3) AND (?4 IS NULL OR channel = ?4)
           AND (?5 IS NULL OR model = ?5)
         GROUP BY day, key ORDER BY day, sum(cny) DESC, key"
    ))?;
    let bounds = params![hour_of(query.from), hour_of(query.to), query.profile, query.channel, query.model];
    let rows = statement.query_map(bounds, |row| {
        let requests: i64 = row.get(2)?;
        Ok(DailySpending {
            day: day_of(row.get(0)?),
            key: row.get(1)?,
            requests: u64::try_from(requests).unwrap_or_default(),
            cny: Cny::from_nano(row.get(3)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The day of so many days since 1970, as a clock in Shanghai counts them.
fn day_of(days: i64) -> Day {
    Day::of(DateTime::from_timestamp(days * 86_400 - 28_800, 0).unwrap_or_default())
}

fn spending(books: &Connection, query: &SpendingQuery) -> Result<Vec<Spending>, LedgerError> {
    // A day in Shanghai is 24 whole hours of UTC: the number of days since 1970 by its own clock.
    let key = match query.by {
        SpendingBy::Profile => "profile",
        SpendingBy::Channel => "channel",
        SpendingBy::Model => "model",
        SpendingBy::Day => "(hour + 28800) / 86400",
        SpendingBy::Hour => "hour",
    };
    let order = match query.by {
        SpendingBy::Day | SpendingBy::Hour => "key",
        _ => "sum(cny) DESC, key",
    };
    let mut statement = books.prepare_cached(&format!(
        "SELECT {key} AS key, sum(requests), sum(failures), sum(input), sum(cached_input), sum(output), sum(thinking),
                sum(cny), sum(estimated), sum(breach)
         FROM usage_hour
         WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR profile = ?3) AND (?4 IS NULL OR channel = ?4)
           AND (?5 IS NULL OR model = ?5)
         GROUP BY key ORDER BY {order}"
    ))?;
    let bounds = params![hour_of(query.from), hour_of(query.to), query.profile, query.channel, query.model];
    let rows = statement.query_map(bounds, |row| read(row, query.by))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(row: &Row<'_>, by: SpendingBy) -> rusqlite::Result<Spending> {
    let count = |index| row.get::<_, i64>(index).map(|count| u64::try_from(count).unwrap_or_default());
    let money = |index| row.get(index).map(Cny::from_nano);
    let moment = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let key = match by {
        SpendingBy::Profile | SpendingBy::Channel | SpendingBy::Model => row.get(0)?,
        SpendingBy::Day => day_of(row.get(0)?).to_string(),
        SpendingBy::Hour => moment(row.get(0)?).to_rfc3339_opts(SecondsFormat::Secs, true),
    };
    Ok(Spending {
        key,
        requests: count(1)?,
        failures: count(2)?,
        usage: Usage { input: count(3)?, cached_input: count(4)?, output: count(5)?, thinking: count(6)? },
        cny: money(7)?,
        estimated_cny: money(8)?,
        breach_cny: money(9)?,
    })
}
