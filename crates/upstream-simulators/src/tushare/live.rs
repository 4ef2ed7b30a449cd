//! The partial bar of a day that still trades.

use chrono::{NaiveTime, Timelike};

use crate::market::PackedBar;

/// Minutes of continuous trading per day.
const SESSION_MINUTES: u32 = 240;

/// What the vendor shows of `bar` at a time of its day. Never the final bar: the closing call is still missing.
pub(crate) fn partial(bar: PackedBar, time: NaiveTime) -> PackedBar {
    let part = f64::from(minutes_traded(time).clamp(1, SESSION_MINUTES - 5)) / f64::from(SESSION_MINUTES);
    let towards = |from: u32, to: u32| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u32;
    let close = towards(bar.open, bar.close);
    let high = towards(bar.open.max(close), bar.high).min(bar.high);
    let low = towards(bar.open.min(close), bar.low).max(bar.low);
    let volume = ((bar.volume as f64 * part) as u64 / 100 * 100).max(100);
    let amount = (bar.amount as f64 * volume as f64 / bar.volume as f64) as u64;
    let amount = amount.clamp(volume / 100 * u64::from(low), volume / 100 * u64::from(high));
    PackedBar { high, low, close, volume, amount, ..bar }
}

fn minutes_traded(time: NaiveTime) -> u32 {
    let minute = time.hour() * 60 + time.minute();
    let within = |from: u32| minute.clamp(from, from + SESSION_MINUTES / 2) - from;
    within(9 * 60 + 30) + within(13 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_bar_is_consistent_and_never_final() {
        let bar = PackedBar {
            session: 0,
            open: 1000,
            high: 1050,
            low: 980,
            close: 1040,
            pre_close: 1010,
            volume: 123_456,
            amount: 1_256_000,
        };
        for minute in 0..360 {
            let time = NaiveTime::from_hms_opt(9 + (30 + minute) / 60, (30 + minute) % 60, 0).unwrap();
            let live = partial(bar, time);
            assert!(live.low <= live.open.min(live.close) && live.high >= live.open.max(live.close), "{time} {live:?}");
            assert!(live.low >= bar.low && live.high <= bar.high && live.volume < bar.volume, "{time} {live:?}");
            let vwap = live.amount * 100 / live.volume;
            assert!((u64::from(live.low)..=u64::from(live.high)).contains(&vwap), "{time} {live:?}");
        }
    }

    #[test]
    fn trading_rests_at_noon() {
        let at = |hour, minute| minutes_traded(NaiveTime::from_hms_opt(hour, minute, 0).unwrap());
        assert_eq!([at(9, 30), at(11, 30), at(12, 30), at(13, 1), at(15, 20)], [0, 120, 120, 121, 240]);
    }
}
