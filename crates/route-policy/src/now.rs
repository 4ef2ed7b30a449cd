//! The router's idea of now, which never goes back.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{At, Day, Tick};

/// A clock that is so far before the end of today was put right: two days, so that today's own and a step back into any
/// moment of the day before are less.
const PUT_RIGHT: TimeDelta = TimeDelta::days(2);

/// The latest moment seen, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    tick: Tick,
    today: Day,
    ends: DateTime<Utc>,
}

impl Now {
    pub(crate) const fn new() -> Self {
        Self { tick: Tick::from_millis(0), today: Day::from_date(NaiveDate::MIN), ends: DateTime::<Utc>::MIN_UTC }
    }

    /// Takes notice of a moment. Callers read the clock before they hold the lock, so moments come a little out of
    /// order; and a wall clock may be set back over midnight: the older day is not opened again. A clock that is a day
    /// and more behind was wrong before and was put right; to wait for it would be to stay in that day for as long.
    pub(crate) fn notice(&mut self, at: At) -> At {
        self.tick = self.tick.max(at.tick);
        if at.wall >= self.ends || at.wall < self.ends - PUT_RIGHT {
            self.today = Day::of(at.wall);
            self.ends = self.today.end();
        }
        At { tick: self.tick, wall: at.wall }
    }

    /// The day that new reservations are charged to.
    pub(crate) const fn today(&self) -> Day {
        self.today
    }

    /// Its end.
    pub(crate) const fn ends(&self) -> DateTime<Utc> {
        self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_clock_goes_back_over_what_counts() {
        let mut now = Now::new();
        let at = |millis, wall: &str| At { tick: Tick::from_millis(millis), wall: wall.parse().unwrap() };
        now.notice(at(10, "2026-11-23T15:59:59Z"));
        assert_eq!(now.today().to_string(), "2026-11-23");
        now.notice(at(20, "2026-11-23T16:00:00Z"));
        assert_eq!(now.today().to_string(), "2026-11-24");
        let back = now.notice(at(5, "2026-11-23T15:59:59Z"));
        assert_eq!((now.today().to_string().as_str(), back.tick), ("2026-11-24", Tick::from_millis(20)));
        now.notice(at(30, "2026-11-22T16:00:00Z"));
        assert_eq!(now.today().to_string(), "2026-11-24", "a whole day back is still a step over midnight");
    }

    #[test]
    fn a_clock_that_was_years_ahead_for_a_moment_does_not_stop_the_days() {
        let mut now = Now::new();
        let at = |wall: &str| At { tick: Tick::from_millis(1), wall: wall.parse().unwrap() };
        now.notice(at("2026-11-23T04:00:00Z"));
        now.notice(at("2126-11-23T04:00:00Z"));
        now.notice(at("2026-11-23T04:00:01Z"));
        assert_eq!(now.today().to_string(), "2026-11-23");
        now.notice(at("2026-11-23T16:00:00Z"));
        assert_eq!(now.today().to_string(), "2026-11-24");
    }
}
