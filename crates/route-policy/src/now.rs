//! The router's idea of now, which never goes back.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{At, Day, Tick};

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
    /// order; and a wall clock may be set back over midnight: the older day is not opened again.
    pub(crate) fn notice(&mut self, at: At) -> At {
        self.tick = self.tick.max(at.tick);
        if at.wall >= self.ends {
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
    }
}
