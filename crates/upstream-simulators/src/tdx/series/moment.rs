//! What of the market is there to see at one time.

use chrono::{NaiveDateTime, NaiveTime, Timelike};

use super::minutes::MINUTES;
use crate::market::Market;

/// A time, and how far the market has come by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tdx) struct Moment {
    /// Shanghai wall clock time.
    pub(in crate::tdx) now: NaiveDateTime,
    /// How many sessions have begun.
    pub(in crate::tdx) sessions: usize,
    /// The last of them, while it trades.
    pub(in crate::tdx) live: Option<Live>,
}

/// A day that trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tdx) struct Live {
    pub(in crate::tdx) session: u16,
    /// Minutes of trading so far, at least 1 and never all of them.
    pub(in crate::tdx) minutes: usize,
}

impl Moment {
    /// `stale` = how many of the last sessions the server does not know.
    pub(in crate::tdx) fn new(market: &Market, now: NaiveDateTime, stale: usize) -> Self {
        let opens = NaiveTime::from_hms_opt(9, 30, 0).unwrap_or_default();
        let closes = NaiveTime::from_hms_opt(15, 0, 0).unwrap_or_default();
        let sessions = market.sessions.days().partition_point(|day| day.and_time(opens) <= now);
        let newest = sessions.checked_sub(1).map(|last| last as u16);
        let trades = |session: &u16| market.sessions.date(*session) == now.date() && now.time() < closes;
        let minutes = minutes_traded(now.time()).clamp(1, MINUTES - 1);
        let live = newest.filter(trades).filter(|_| stale == 0).map(|session| Live { session, minutes });
        Self { now, sessions: sessions.saturating_sub(stale), live }
    }

    /// The newest session; `None` before the first one.
    pub(in crate::tdx) fn newest(&self) -> Option<u16> {
        self.sessions.checked_sub(1).map(|last| last as u16)
    }

    /// How many minutes of a session's day are over.
    pub(in crate::tdx) fn minutes_of(&self, session: u16) -> usize {
        self.live.filter(|live| live.session == session).map_or(MINUTES, |live| live.minutes)
    }
}

fn minutes_traded(time: NaiveTime) -> usize {
    let minute = (time.hour() * 60 + time.minute()) as usize;
    let within = |from: usize| minute.clamp(from, from + MINUTES / 2) - from;
    within(9 * 60 + 30) + within(13 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trading_rests_at_noon() {
        let at = |hour, minute| minutes_traded(NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
        assert_eq!([at(9, 0), at(9, 30), at(11, 30), at(12, 30), at(13, 1), at(15, 20)], [0, 0, 120, 120, 121, 240]);
    }
}
