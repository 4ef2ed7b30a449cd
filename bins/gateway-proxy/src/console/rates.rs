//! How quickly money goes: read from the books, and kept for some seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use gateway_ledger::{Charged, Ledger, LedgerError};
use route_policy::Cny;
use tokio::{sync::Mutex, time::Instant};

/// The longer span whose rate is told.
pub(super) const HOUR: TimeDelta = TimeDelta::hours(1);
/// The shorter one.
pub(super) const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// A busy hour has a hundred thousand rows: they are not read again for every look.
const FRESH_FOR: Duration = Duration::from_secs(30);

/// What was charged of late.
#[derive(Debug, Default)]
pub(super) struct Rates {
    pub(super) channels: HashMap<String, Spent>,
    pub(super) profiles: HashMap<String, Spent>,
}

/// What one channel or profile was charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Within the last [`HOUR`].
    pub(super) hour: Cny,
    /// Of this, within the last [`QUARTER`].
    pub(super) quarter: Cny,
}

/// The last rates that were read.
#[derive(Debug, Default)]
pub(super) struct RateBook(Mutex<Option<(Instant, Arc<Rates>)>>);

impl RateBook {
    /// The rates at `now`, at most [`FRESH_FOR`] old. Who asks meanwhile waits for the one who reads.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub(super) async fn at(&self, ledger: &Ledger, now: DateTime<Utc>) -> Result<Arc<Rates>, LedgerError> {
        let mut kept = self.0.lock().await;
        if let Some((read, rates)) = &*kept
            && read.elapsed() < FRESH_FOR
        {
            return Ok(rates.clone());
        }
        // Three questions at the same time take as long as one third of an hour does. To the millisecond of `now`, that one
        // included.
        let (begin, quarter, end) = (now - HOUR, now - QUARTER, now + TimeDelta::milliseconds(1));
        let middle = begin + (quarter - begin) / 2;
        let (first, second, latest) = tokio::try_join!(
            ledger.charged(begin, middle),
            ledger.charged(middle, quarter),
            ledger.charged(quarter, end)
        )?;
        let rates = Arc::new(Rates::of(&[first, second].concat(), &latest));
        *kept = Some((Instant::now(), rates.clone()));
        Ok(rates)
    }
}

impl Rates {
    fn of(earlier: &[Charged], latest: &[Charged]) -> Self {
        let mut rates = Self::default();
        for (charged, quarter) in earlier.iter().map(|one| (one, false)).chain(latest.iter().map(|one| (one, true))) {
            for spent in [
                rates.channels.entry(charged.channel.clone()).or_default(),
                rates.profiles.entry(charged.profile.clone()).or_default(),
            ] {
                spent.hour += charged.cny;
                if quarter {
                    spent.quarter += charged.cny;
                }
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_holds_the_quarter() {
        let charged = |profile: &str, channel: &str, yuan| Charged {
            profile: profile.to_owned(),
            channel: channel.to_owned(),
            cny: Cny::from_yuan(yuan),
        };
        let rates = Rates::of(&[charged("alice", "a", 3)], &[charged("alice", "b", 1), charged("bob", "a", 2)]);
        let spent = |hour, quarter| Spent { hour: Cny::from_yuan(hour), quarter: Cny::from_yuan(quarter) };
        assert_eq!((rates.channels["a"], rates.channels["b"]), (spent(5, 2), spent(1, 1)));
        assert_eq!((rates.profiles["alice"], rates.profiles["bob"]), (spent(4, 1), spent(2, 2)));
    }
}
