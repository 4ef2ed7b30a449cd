//! When something that failed for good is tried once more.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// The first wait; each further one is twice as long.
const FIRST: TimeDelta = TimeDelta::hours(1);
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// The waits of this process. A restart begins anew: it may be the one that mends the configuration, so that whatever
/// rested before it is tried at its first look.
#[derive(Debug, Default)]
pub(crate) struct Again {
    has_looked: bool,
    waits: HashMap<String, (DateTime<Utc>, TimeDelta)>,
}

impl Again {
    /// Whether `id`, which is seen failed now, is to be tried again now.
    pub(crate) fn is_due(&mut self, id: &str, now: DateTime<Utc>) -> bool {
        let first = if self.has_looked { now + FIRST } else { now };
        let (due_at, wait) = self.waits.entry(id.to_owned()).or_insert((first, FIRST));
        if now < *due_at {
            return false;
        }
        *due_at = now + *wait;
        *wait = (*wait * 2).min(LONGEST);
        true
    }

    /// Nobody will ask for `id` again.
    pub(crate) fn forget(&mut self, id: &str) {
        self.waits.remove(id);
    }

    /// The first look is over.
    pub(crate) fn looked(&mut self) {
        self.has_looked = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_after_an_hour_and_then_ever_more_rarely() {
        let start: DateTime<Utc> = "2024-01-10T10:00:00Z".parse().unwrap();
        let mut again = Again::default();
        again.looked();
        let minutes: Vec<i64> =
            (1..=4_000).filter(|minute| again.is_due("x", start + TimeDelta::minutes(*minute))).collect();
        assert_eq!(minutes[..4], [61, 121, 241, 481]);
        assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] <= 24 * 60));
    }

    #[test]
    fn what_failed_before_the_start_is_tried_at_once() {
        let start: DateTime<Utc> = "2024-01-10T10:00:00Z".parse().unwrap();
        let mut again = Again::default();
        assert!(again.is_due("x", start));
        again.looked();
        assert!(!again.is_due("x", start + TimeDelta::minutes(59)));
        assert!(again.is_due("x", start + TimeDelta::minutes(60)));
    }
}
