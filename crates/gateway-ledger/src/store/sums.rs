//! Sums of requests, by hour, profile, channel and model, and by budget.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use route_policy::{Cny, Day, Usage};
use rusqlite::{Connection, params};

use crate::RequestRow;

const HOUR_SECONDS: i64 = 3_600;

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
        let key = |channel: &Arc<str>| Key {
            hour: hour_of(row.at),
            profile: row.profile.clone(),
            channel: channel.clone(),
            model: row.model.clone(),
        };
        let nobody = Arc::from("");
        let ended_on = self.hours.entry(key(row.channel().unwrap_or(&nobody))).or_default();
        ended_on.requests += 1;
        ended_on.failures += u64::from(row.failed);
        for charge in &row.charges {
            let sum = self.hours.entry(key(&charge.channel)).or_default();
            sum.usage.input += charge.usage.input;
            sum.usage.cached_input += charge.usage.cached_input;
            sum.usage.output += charge.usage.output;
            sum.usage.thinking += charge.usage.thinking;
            let estimated = if charge.estimated { charge.cny } else { Cny::ZERO };
            sum.cny += charge.cny;
            sum.estimated += estimated;
            sum.breach += charge.breach.unwrap_or_default();
            let budget = self.budgets.entry((charge.channel.clone(), charge.day)).or_default();
            budget.0 += charge.cny;
            budget.1 += estimated;
        }
    }

    /// Adds other sums.
    pub(super) fn join(&mut self, other: Self) {
        for (key, more) in other.hours {
            let sum = self.hours.entry(key).or_default();
            sum.requests += more.requests;
            sum.failures += more.failures;
            sum.usage.input += more.usage.input;
            sum.usage.cached_input += more.usage.cached_input;
            sum.usage.output += more.usage.output;
            sum.usage.thinking += more.usage.thinking;
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
             ON CONFLICT DO UPDATE SET requests = requests + ?5, failures = failures + ?6, input = input + ?7,
                cached_input = cached_input + ?8, output = output + ?9, thinking = thinking + ?10, cny = cny + ?11,
                estimated = estimated + ?12, breach = breach + ?13",
        )?;
        let mut stale = connection.prepare_cached("UPDATE rollup SET stale = 1 WHERE hour = ?1")?;
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        for (key, sum) in &self.hours {
            hour.execute(params![
                key.hour,
                key.profile,
                key.channel,
                key.model,
                whole(sum.requests),
                whole(sum.failures),
                whole(sum.usage.input),
                whole(sum.usage.cached_input),
                whole(sum.usage.output),
                whole(sum.usage.thinking),
                sum.cny.nano(),
                sum.estimated.nano(),
                sum.breach.nano(),
            ])?;
            stale.execute([key.hour])?;
        }
        let mut budget = connection.prepare_cached(
            "INSERT INTO budget (channel, day, charged, estimated) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET charged = charged + ?3, estimated = estimated + ?4",
        )?;
        for ((channel, day), (cny, estimated)) in &self.budgets {
            budget.execute(params![channel, day.to_string(), cny.nano(), estimated.nano()])?;
        }
        Ok(())
    }
}

/// The hour of a moment: its first second.
pub(super) fn hour_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(HOUR_SECONDS) * HOUR_SECONDS
}
