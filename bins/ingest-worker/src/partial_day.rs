//! What has already arrived of a day that is fetched code by code.
//!
//! Thousands of requests make one day, and nothing of it is written before all are answered. If one of them fails, or the
//! time limit cuts the job off, the answers so far stay here, so that the next attempt asks for the rest only. They are in
//! memory: a restart asks for everything again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::{Code, CorporateAction, DailyBar};

use crate::{answer::Answer, refusal::Refusal};

/// Older answers are asked for again: the vendor may have corrected them.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// What a vendor said about one code.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodeDay {
    /// The bars that are kept.
    pub(crate) bars: Answer<DailyBar>,
    /// Its corporate actions, where they were asked for.
    pub(crate) actions: Option<Answer<CorporateAction>>,
    /// Why its answer was refused, with the responses; the code has no bar then.
    pub(crate) refused: Option<Refusal>,
}

/// The days under way. Clones are the same days.
#[derive(Clone, Default)]
pub(crate) struct PartialDays(Arc<Mutex<HashMap<NaiveDate, PartialDay>>>);

struct PartialDay {
    begun_at: DateTime<Utc>,
    codes: HashMap<Code, Arc<CodeDay>>,
}

impl PartialDays {
    /// The answers that are there of `date`.
    pub(crate) fn of(&self, date: NaiveDate, now: DateTime<Utc>) -> HashMap<Code, Arc<CodeDay>> {
        let mut days = self.lock();
        days.retain(|_, day| now - day.begun_at < PATIENCE);
        days.get(&date).map(|day| day.codes.clone()).unwrap_or_default()
    }

    /// Keeps an answer.
    pub(crate) fn keep(&self, date: NaiveDate, code: Code, answer: Arc<CodeDay>, now: DateTime<Utc>) {
        let mut days = self.lock();
        let day = days.entry(date).or_insert_with(|| PartialDay { begun_at: now, codes: HashMap::new() });
        day.codes.insert(code, answer);
    }

    /// The day is stored.
    pub(crate) fn forget(&self, date: NaiveDate) {
        self.lock().remove(&date);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NaiveDate, PartialDay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_stay_for_an_hour_or_until_the_day_is_stored() {
        let (days, begun): (_, DateTime<Utc>) = (PartialDays::default(), DateTime::UNIX_EPOCH);
        let (date, code) = (begun.date_naive(), "600519.SH".parse().unwrap());
        days.keep(date, code, Arc::default(), begun);
        days.keep(date, "000001.SZ".parse().unwrap(), Arc::default(), begun + TimeDelta::minutes(50));
        assert_eq!(days.of(date, begun + TimeDelta::minutes(59)).len(), 2);
        assert_eq!(days.of(date, begun + TimeDelta::minutes(60)).len(), 0, "counted from its first answer");
        days.keep(date, code, Arc::default(), begun);
        days.forget(date);
        assert!(days.of(date, begun).is_empty());
    }
}
