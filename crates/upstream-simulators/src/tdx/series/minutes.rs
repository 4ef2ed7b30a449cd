//! The 240 minutes of a day, made from its bar so that they add up to it.

use crate::market::{DayBar, noise};

/// Minutes of continuous trading per day.
pub(in crate::tdx) const MINUTES: usize = 240;

/// When a minute (0..240) ends, in minutes after midnight: 09:31 … 11:30, 13:01 … 15:00.
pub(in crate::tdx) fn end_of(minute: usize) -> u16 {
    let half = MINUTES / 2;
    (if minute < half { 571 + minute } else { 781 + minute - half }) as u16
}

/// The minutes of one day.
pub(in crate::tdx) struct Minutes {
    bars: [DayBar; MINUTES],
}

impl Minutes {
    /// Equal days of equal securities have equal minutes. `tick` is the price step in thousandths.
    ///
    /// The first minute opens at the day's open and the last closes at its close, one touches the high and one the low
    /// and none leaves them, volumes and amounts sum up exactly.
    pub(in crate::tdx) fn of(day: &DayBar, salt: u64, tick: i64) -> Self {
        let draw = |number: usize| noise(salt, u64::from(day.session), number as u64);
        let closes = closes(day, tick, draw);
        let mut bars = [DayBar { volume: 0, amount: 0, advancing: 0, declining: 0, ..*day }; MINUTES];
        let mut open = day.open;
        for (bar, close) in bars.iter_mut().zip(closes) {
            (bar.open, bar.close) = (open, close);
            (bar.high, bar.low) = (open.max(close), open.min(close));
            open = close;
        }
        // The opening and the closing call are busier.
        let busy = |minute: usize| if matches!(minute, 0 | 239) { 400 } else { 50 };
        let weights = std::array::from_fn(|minute| busy(minute) + (draw(minute) * 100.0) as u64);
        share_out(day.volume, &weights, |minute, volume| bars[minute].volume = volume);
        let value = |bar: &DayBar| bar.volume * u64::from(bar.open + bar.close);
        let values = std::array::from_fn(|minute| value(&bars[minute]));
        share_out(day.amount, &values, |minute, amount| bars[minute].amount = amount);
        Self { bars }
    }

    /// Every minute's bar.
    pub(in crate::tdx) fn bars(&self) -> &[DayBar; MINUTES] {
        &self.bars
    }

    /// The minutes so far as one bar.
    pub(in crate::tdx) fn sum(&self, minutes: usize) -> DayBar {
        sum(&self.bars[..minutes.clamp(1, MINUTES)])
    }
}

/// Several bars, not none, as one.
pub(in crate::tdx) fn sum(bars: &[DayBar]) -> DayBar {
    let join = |sum: DayBar, bar: &DayBar| DayBar {
        session: bar.session,
        high: sum.high.max(bar.high),
        low: sum.low.min(bar.low),
        close: bar.close,
        volume: sum.volume + bar.volume,
        amount: sum.amount + bar.amount,
        advancing: bar.advancing,
        declining: bar.declining,
        ..sum
    };
    bars[1..].iter().fold(bars[0], join)
}

/// The last price of each minute: straight from the open over both extremes to the close.
fn closes(day: &DayBar, tick: i64, draw: impl Fn(usize) -> f64) -> [u32; MINUTES] {
    let mut first = 1 + (draw(1000) * 118.0) as usize;
    let mut second = 120 + (draw(1001) * 118.0) as usize;
    if draw(1002) < 0.5 {
        std::mem::swap(&mut first, &mut second);
    }
    // Minute -1 is the open.
    let mut path =
        [(-1, day.open), (first as i64, day.high), (second as i64, day.low), (MINUTES as i64 - 1, day.close)];
    path.sort_unstable_by_key(|(minute, _)| *minute);
    std::array::from_fn(|minute| {
        let at = minute as i64;
        let leg = path.windows(2).find(|leg| leg[1].0 >= at).unwrap_or(&path[2..]);
        let ((from, start), (to, end)) = (leg[0], leg[1]);
        let (start, end) = (i64::from(start), i64::from(end));
        if at == to {
            return end as u32;
        }
        let exact = start + (end - start) * (at - from) / (to - from);
        // On the price step, and still between the two ends, which are on it.
        ((exact + tick / 2) / tick * tick).clamp(start.min(end), start.max(end)) as u32
    })
}

/// Splits `whole` by weights; the parts add up to it.
fn share_out(whole: u64, weights: &[u64; MINUTES], mut take: impl FnMut(usize, u64)) {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let (mut so_far, mut given) = (0u128, 0u64);
    for (minute, weight) in weights.iter().enumerate() {
        so_far += u128::from(*weight);
        let until = (u128::from(whole) * so_far).checked_div(total).unwrap_or(0) as u64;
        take(minute, until - given);
        given = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(session: u16, open: u32, high: u32, low: u32, close: u32, volume: u64, amount: u64) -> DayBar {
        DayBar { session, open, high, low, close, pre_close: open, volume, amount, advancing: 0, declining: 0 }
    }

    #[test]
    fn minutes_add_up_to_their_day() {
        for salt in 0..200 {
            for day in [
                day(7, 10_050, 10_660, 9_980, 10_110, 12_345_678, 126_000_001),
                day(8, 10_050, 10_050, 10_050, 10_050, 200, 2010),
                day(9, 3_010_120, 3_044_440, 3_010_120, 3_044_440, 19_674_340_000, 202_873_241_600),
            ] {
                let minutes = Minutes::of(&day, salt, 10);
                let whole = minutes.sum(MINUTES);
                assert_eq!(whole, day, "salt {salt}");
                for bar in minutes.bars() {
                    assert!(bar.low >= day.low && bar.high <= day.high, "{bar:?}");
                    assert!([bar.open, bar.high, bar.low, bar.close].iter().all(|price| price % 10 == 0), "{bar:?}");
                }
                let most = minutes.sum(MINUTES - 1);
                assert!(most.volume < day.volume, "the closing call is still missing");
            }
        }
    }

    #[test]
    fn minutes_end_where_trading_does() {
        assert_eq!([0, 119, 120, 239].map(end_of), [571, 690, 781, 900]);
    }
}
