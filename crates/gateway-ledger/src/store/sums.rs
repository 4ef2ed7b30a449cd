//! Sums of requests, by hour, profile, channel and model, and by budget.
//!
//! Numbers come from upstreams, which lie: whatever they say, sums stay numbers that can be read.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use route_policy::{Cny, Day, Usage};
use rusqlite::{Connection, params};

use super::rows::shortened;
use crate::RequestRow;

const HOUR_SECONDS: i64 = 3_600;
/// What a stored sum is cut to. SQLite makes a fraction of a sum beyond 2⁶³, and no question could read it.
const SUM_MAX: i64 = i64::MAX / 4;

/// What requests add to the sums. Written in the transaction of their rows, so that both are there or neither.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    hours: HashMap<Key, Sum>,
    budgets: HashMap<(Arc<str>, Day), (Cny, Cny)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    hour: i64,
    profile: Arc<str>,
    channel: Arc<str>,
    model: Arc<str>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    requests: u64,
    failures: u64,
    usage: Usage,
    cny: Cny,
    estimated: Cny,
    breach: Cny,
}

impl Sums {
    /// Distinct keys that are kept for rows that are lost themselves.
    const KEYS_MAX: usize = 20_000;

    pub(crate) fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    /// Whether another row may be added without growing beyond measure.
    pub(crate) fn has_room(&self) -> bool {
        self.hours.len() < Self::KEYS_MAX
    }

    pub(crate) fn add(&mut self, row: &RequestRow) {
        let ended_on = match row.channel() {
            Some(channel) => self.hour(row, channel, hour_of(row.at)),
            None => self.hours.entry(Key::of_nobody(row)).or_default(),
        };
        ended_on.requests += 1;
        ended_on.failures += u64::from(row.failed);
        for charge in &row.charges {
            let estimated = if charge.estimated { charge.cny } else { Cny::ZERO };
            let sum = self.hour(row, &charge.channel, hour_within(row.at, charge.day));
            sum.add_tokens(charge.usage);
            sum.cny += charge.cny;
            sum.estimated += estimated;
            sum.breach += charge.breach.unwrap_or_default();
            let budget = self.budgets.entry((charge.channel.clone(), charge.day)).or_default();
            budget.0 += charge.cny;
            budget.1 += estimated;
        }
    }

    fn hour(&mut self, row: &RequestRow, channel: &Arc<str>, hour: i64) -> &mut Sum {
        let short = shortened(&row.model);
        let model = if short.len() == row.model.len() { row.model.clone() } else { Arc::from(short) };
        self.hours.entry(Key { hour, profile: row.profile.clone(), channel: channel.clone(), model }).or_default()
    }

    /// Adds other sums.
    pub(super) fn join(&mut self, other: Self) {
        for (key, more) in other.hours {
            let sum = self.hours.entry(key).or_default();
            sum.requests += more.requests;
            sum.failures += more.failures;
            sum.add_tokens(more.usage);
            sum.cny += more.cny;
            sum.estimated += more.estimated;
            sum.breach += more.breach;
        }
        for (key, (cny, estimated)) in other.budgets {
            let budget = self.budgets.entry(key).or_default();
            budget.0 += cny;
            budget.1 += estimated;
        }
    }

    /// Adds them to what stands in the file, and marks roll-ups of their hours as stale.
    pub(crate) fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut hour = connection.prepare_cached(
            "INSERT INTO usage_hour VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT DO UPDATE SET requests = requests + ?5, failures = failures + ?6,
                input = min(input + ?7, ?14), cached_input = min(cached_input + ?8, ?14),
                output = min(output + ?9, ?14), thinking = min(thinking + ?10, ?14),
                cny = min(cny + ?11, ?14), estimated = min(estimated + ?12, ?14), breach = min(breach + ?13, ?14)",
        )?;
        let count = |count: u64| i64::try_from(count).unwrap_or(SUM_MAX).min(SUM_MAX);
        let money = |amount: Cny| amount.nano().clamp(-SUM_MAX, SUM_MAX);
        for (key, sum) in &self.hours {
            hour.execute(params![
                key.hour,
                key.profile,
                key.channel,
                key.model,
                count(sum.requests),
                count(sum.failures),
                count(sum.usage.input),
                count(sum.usage.cached_input),
                count(sum.usage.output),
                count(sum.usage.thinking),
                money(sum.cny),
                money(sum.estimated),
                money(sum.breach),
                SUM_MAX,
            ])?;
        }
        let hours: BTreeSet<i64> = self.hours.keys().map(|key| key.hour).collect();
        hours.into_iter().try_for_each(|hour| mark_stale(connection, hour))?;
        let mut budget = connection.prepare_cached(
            "INSERT INTO budget (channel, day, charged, estimated) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET charged = min(charged + ?3, ?5), estimated = min(estimated + ?4, ?5)",
        )?;
        for ((channel, day), (cny, estimated)) in &self.budgets {
            budget.execute(params![channel, day.to_string(), money(*cny), money(*estimated), SUM_MAX])?;
        }
        Ok(())
    }
}

impl Sum {
    fn add_tokens(&mut self, more: Usage) {
        let usage = &mut self.usage;
        usage.input = usage.input.saturating_add(more.input);
        usage.cached_input = usage.cached_input.saturating_add(more.cached_input);
        usage.output = usage.output.saturating_add(more.output);
        usage.thinking = usage.thinking.saturating_add(more.thinking);
    }
}

impl Key {
    /// Of a request that no channel was asked for. Its model may be any text that somebody sent: it is no key.
    fn of_nobody(row: &RequestRow) -> Self {
        Self { hour: hour_of(row.at), profile: row.profile.clone(), channel: Arc::default(), model: Arc::default() }
    }
}

/// Notes that an hour's sums changed: its roll-up, if it was cut, is not the last word.
pub(crate) fn mark_stale(connection: &Connection, hour: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO rollup (hour, version, stale, rows) VALUES (?1, 0, 1, '')
             ON CONFLICT DO UPDATE SET stale = 1 WHERE NOT stale",
        )?
        .execute([hour])?;
    Ok(())
}

/// The hour that money of a day stands in: that of the moment, or the nearest one of the day, so that a day's hours and
/// its budgets tell the same sum.
pub(crate) fn hour_within(at: DateTime<Utc>, day: Day) -> i64 {
    hour_of(at.min(day.end() - TimeDelta::seconds(1)).max(day.start()))
}

/// The hour of a moment: its first second.
pub(crate) fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(HOUR_SECONDS) * HOUR_SECONDS
}
