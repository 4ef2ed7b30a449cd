//! Upstreams that refuse a rate for growing quickly, whatever its height.

use std::{collections::VecDeque, time::Duration};

use crate::{Growth, Tick};

/// Requests of the last two spans, and how many more the next may be.
#[derive(Clone, Debug)]
pub(crate) struct Ramp {
    growth: Growth,
    /// Ticks and counts, oldest first, of the last two spans.
    sent: VecDeque<(Tick, u32)>,
}

impl Ramp {
    pub(crate) const fn new(growth: Growth) -> Self {
        Self { growth, sent: VecDeque::new() }
    }

    pub(crate) const fn growth(&self) -> Growth {
        self.growth
    }

    /// When one more request may go.
    pub(crate) fn free_from(&mut self, now: Tick) -> Tick {
        self.forget(now);
        let recent = self.sent.iter().rev().take_while(|(tick, _)| now.since(*tick) < self.growth.over);
        let (recent, oldest) = recent.fold((0u64, now), |(sum, _), (tick, count)| (sum + u64::from(*count), *tick));
        let all: u64 = self.sent.iter().map(|(_, count)| u64::from(*count)).sum();
        let grown = (all - recent) * u64::from(self.growth.percent) / 100;
        // The one that leaves the recent span makes room, and counts for the span before from then on.
        if recent < grown.max(u64::from(self.growth.floor)) { now } else { (oldest + self.growth.over).max(now + STEP) }
    }

    /// When one more request may go, from `from` on, if nobody else comes.
    pub(crate) fn expected(&self, from: Tick) -> Tick {
        let mut later = self.clone();
        let mut at = from;
        // Each round leaves an entry behind, of which there are a hundred at most.
        while let free = later.free_from(at)
            && free > at
        {
            at = free;
        }
        at
    }

    pub(crate) fn take(&mut self, now: Tick) {
        self.forget(now);
        let grain = self.grain();
        match self.sent.back_mut() {
            Some((tick, count)) if now.since(*tick) < grain => *count += 1,
            _ => self.sent.push_back((now, 1)),
        }
    }

    fn forget(&mut self, now: Tick) {
        while self.sent.front().is_some_and(|(tick, _)| now.since(*tick) >= self.growth.over * 2) {
            self.sent.pop_front();
        }
    }

    /// A fiftieth of the span: at most a hundred entries.
    fn grain(&self) -> Duration {
        self.growth.over / 50
    }
}

const STEP: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_doubles_from_span_to_span_and_no_quicker() {
        let growth = Growth { floor: 10, percent: 200, over: Duration::from_secs(10) };
        let mut ramp = Ramp::new(growth);
        let mut sent: Vec<u64> = Vec::new();
        for millis in 0..60_000 {
            let now = Tick::from_millis(millis);
            if ramp.free_from(now) <= now {
                ramp.take(now);
                sent.push(millis);
            }
        }
        let in_span = |span: u64| sent.iter().filter(|millis| **millis / 10_000 == span).count();
        assert_eq!(in_span(0), 10);
        for span in 1..6 {
            let (before, count) = (in_span(span - 1), in_span(span));
            assert!(count > before && count <= before * 2 + 10, "{before} then {count}");
        }
        assert!(ramp.sent.len() <= 101, "{}", ramp.sent.len());
    }

    #[test]
    fn after_silence_it_begins_at_the_floor() {
        let mut ramp = Ramp::new(Growth { floor: 1, percent: 200, over: Duration::from_secs(1) });
        ramp.take(Tick::from_millis(0));
        assert_eq!(ramp.free_from(Tick::from_millis(10)), Tick::from_millis(1_000));
        let later = Tick::from_millis(60_000);
        assert_eq!(ramp.free_from(later), later);
    }
}
