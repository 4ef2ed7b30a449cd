//! What was used within the last minute, exactly, for every minute and not only for those that begin at zero seconds.

use std::{collections::VecDeque, time::Duration};

use crate::Tick;

/// The span that all per-minute limits are counted in.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// How many entries a hot check walks to say when there will be room; what is beyond is found by the next check.
const WALK_MAX: usize = 32;

/// Whether an amount fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Now.
    Yes,
    /// Not before this tick.
    From(Tick),
    /// Never.
    Never,
}

/// A limit on what is used within any minute, and what was.
///
/// An entry counts until *more* than the span has passed since, so that no closed window of that span holds more than
/// the limit, whatever is lost between two milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Minute {
    limit: Option<u64>,
    entries: VecDeque<Entry>,
    sum: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    tick: Tick,
    amount: u64,
}

impl Minute {
    pub(crate) const fn new(limit: Option<u64>) -> Self {
        Self { limit, entries: VecDeque::new(), sum: 0 }
    }

    pub(crate) const fn limit(&self) -> Option<u64> {
        self.limit
    }

    pub(crate) const fn set_limit(&mut self, limit: Option<u64>) {
        self.limit = limit;
    }

    /// Whether `amount` is more than ever fits.
    pub(crate) fn is_below(&self, amount: u64) -> bool {
        self.limit.is_some_and(|limit| amount > limit)
    }

    /// Whether `amount` fits now.
    pub(crate) fn fits(&mut self, amount: u64, now: Tick) -> Fit {
        let Some(limit) = self.limit else { return Fit::Yes };
        if amount > limit {
            return Fit::Never;
        }
        self.forget(now);
        if self.sum.saturating_add(amount) <= limit {
            return Fit::Yes;
        }
        Fit::From(self.free_from(amount, limit, WALK_MAX, now))
    }

    /// When `amount` would have fitted if nobody else came, for estimates; more than the limit takes several spans,
    /// nothing fits always.
    pub(crate) fn expected(&mut self, amount: u64, now: Tick) -> Tick {
        let Some(limit) = self.limit else { return now };
        if amount == 0 {
            return now;
        }
        self.forget(now);
        if limit == 0 {
            return now + MINUTE;
        }
        let (spans, rest) = ((amount - 1) / limit, (amount - 1) % limit + 1);
        let first =
            if self.sum.saturating_add(rest) <= limit { now } else { self.free_from(rest, limit, usize::MAX, now) };
        first + MINUTE * u32::try_from(spans.min(1_000)).unwrap_or(1_000)
    }

    /// Uses `amount` now.
    pub(crate) fn take(&mut self, amount: u64, now: Tick) {
        self.forget(now);
        self.sum = self.sum.saturating_add(amount);
        // Without a limit nobody needs it to the millisecond: one entry per second bounds the memory.
        let grain = if self.limit.is_some() { 1 } else { 1_000 };
        match self.entries.back_mut() {
            Some(last) if last.tick.millis() / grain == now.millis() / grain => {
                last.tick = last.tick.max(now);
                last.amount = last.amount.saturating_add(amount);
            }
            _ => self.entries.push_back(Entry { tick: now, amount }),
        }
    }

    /// What was taken as `from` at `made` turned out to be `to`.
    pub(crate) fn correct(&mut self, made: Tick, from: u64, to: u64, now: Tick) {
        self.forget(now);
        if expired(made, now) || from == to {
            return;
        }
        // Amounts of one tick share an entry; without a limit an entry has the tick of its last amount.
        let at = self.entries.partition_point(|entry| entry.tick < made);
        if at == self.entries.len() {
            self.entries.push_back(Entry { tick: made, amount: 0 });
        }
        let entry = &mut self.entries[at];
        let less = entry.amount.min(from);
        entry.amount = (entry.amount - less).saturating_add(to);
        self.sum = (self.sum - less).saturating_add(to);
    }

    /// What was used within the span before `now`.
    pub(crate) fn used(&self, now: Tick) -> u64 {
        let gone: u64 =
            self.entries.iter().take_while(|entry| expired(entry.tick, now)).map(|entry| entry.amount).sum();
        self.sum - gone
    }

    fn forget(&mut self, now: Tick) {
        while let Some(first) = self.entries.front()
            && expired(first.tick, now)
        {
            self.sum -= first.amount;
            self.entries.pop_front();
        }
    }

    /// The tick at which enough has expired for `amount`, or a lower bound of it after `walk_max` entries.
    fn free_from(&self, amount: u64, limit: u64, walk_max: usize, now: Tick) -> Tick {
        let mut excess = self.sum.saturating_add(amount).saturating_sub(limit);
        let mut from = now;
        for entry in self.entries.iter().take(walk_max) {
            from = entry.tick + MINUTE + Duration::from_millis(1);
            excess = excess.saturating_sub(entry.amount);
            if excess == 0 {
                break;
            }
        }
        from
    }
}

fn expired(tick: Tick, now: Tick) -> bool {
    now.since(tick) > MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Tick {
        Tick::from_millis(millis)
    }

    #[test]
    fn a_limit_holds_over_the_turn_of_the_minute() {
        let mut minute = Minute::new(Some(3));
        for millis in [59_000, 59_500, 60_500] {
            assert_eq!(minute.fits(1, at(millis)), Fit::Yes);
            minute.take(1, at(millis));
        }
        assert_eq!(minute.fits(1, at(61_000)), Fit::From(at(119_001)));
        assert_eq!(minute.fits(1, at(119_000)), Fit::From(at(119_001)), "a minute ago still counts");
        assert_eq!(minute.fits(1, at(119_001)), Fit::Yes);
    }

    #[test]
    fn an_amount_above_the_limit_never_fits() {
        assert_eq!(Minute::new(Some(100)).fits(101, at(0)), Fit::Never);
        assert_eq!(Minute::new(Some(0)).fits(1, at(0)), Fit::Never);
        assert_eq!(Minute::new(None).fits(u64::MAX, at(0)), Fit::Yes);
    }

    #[test]
    fn a_correction_gives_back_or_takes_more() {
        let mut tokens = Minute::new(Some(1_000));
        tokens.take(800, at(10));
        tokens.take(100, at(10));
        tokens.correct(at(10), 800, 300, at(5_000));
        assert_eq!((tokens.used(at(5_000)), tokens.fits(600, at(5_000))), (400, Fit::Yes));
        tokens.correct(at(10), 300, 950, at(6_000));
        assert_eq!((tokens.used(at(6_000)), tokens.fits(1, at(6_000))), (1_050, Fit::From(at(60_011))));
        tokens.correct(at(10), 950, 0, at(70_000));
        assert_eq!(tokens.used(at(70_000)), 0, "what has expired is not corrected into credit");
    }

    #[test]
    fn a_correction_of_what_was_taken_as_nothing_counts_too() {
        let mut tokens = Minute::new(Some(1_000));
        tokens.correct(at(10), 0, 700, at(20));
        assert_eq!(tokens.used(at(20)), 700);
    }

    #[test]
    fn waiting_for_several_entries_names_the_last_of_them() {
        let mut tokens = Minute::new(Some(100));
        for millis in 0..100 {
            tokens.take(1, at(millis));
        }
        assert_eq!(tokens.fits(10, at(200)), Fit::From(at(60_010)));
        assert_eq!(tokens.fits(50, at(200)), Fit::From(at(60_032)), "a hot check walks a bounded way");
        assert_eq!(tokens.expected(50, at(200)), at(60_050));
        assert_eq!(tokens.expected(250, at(200)), at(180_050), "more than the limit takes several minutes");
    }

    #[test]
    fn without_a_limit_memory_stays_bounded() {
        let mut minute = Minute::new(None);
        for millis in 0..200_000 {
            minute.take(1, at(millis));
        }
        assert!(minute.entries.len() <= 62, "{}", minute.entries.len());
        let used = minute.used(at(199_999));
        assert!((60_000..=61_001).contains(&used), "{used}");
        minute.correct(at(199_500), 1, 0, at(199_999));
        assert_eq!(minute.used(at(199_999)), used - 1);
    }
}
