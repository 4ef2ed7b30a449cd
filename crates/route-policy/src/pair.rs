//! One model of one account: what all keys of the account share there.

use std::{sync::Arc, time::Duration};

use crate::{
    GroupSpec, Limit, LimitOf, Lost, Meter, Tick,
    backoff::Backoff,
    growth::Ramp,
    minute::{Fit, Minute},
    parking::Parking,
    queue::Ahead,
    smoothing::Smoothing,
};

/// Rests after an upstream's "wait" that names no time, by what it counts: the first, which doubles while it does not
/// help, up to [`WAIT_AT_MOST`]. Upstreams that count by the minute also count by the second, so a short rest is often
/// enough.
const fn first_wait(meter: Meter) -> Duration {
    Duration::from_secs(match meter {
        Meter::Burst | Meter::Concurrency => 1,
        Meter::Requests | Meter::Unknown => 4,
        Meter::Tokens => 8,
    })
}
const WAIT_AT_MOST: Duration = Duration::from_secs(60);
/// An upstream may ask for more than a minute, but not for ever.
const ASKED_AT_MOST: Duration = Duration::from_secs(30 * 60);

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: Arc<str>,
    pub(crate) parking: Parking,
}

/// An (account, model).
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) account: usize,
    pub(crate) model: Arc<str>,
    pub(crate) parking: Parking,
    pause: Backoff,
    paused_for: Meter,
    group: Option<Box<Group>>,
}

/// The limits of a [`GroupSpec`], and what is used of them.
#[derive(Debug)]
struct Group {
    requests: Minute,
    tokens: Minute,
    requests_smoothed: Option<Smoothing>,
    tokens_smoothed: Option<Smoothing>,
    ramp: Option<Ramp>,
}

impl Pair {
    pub(crate) fn new(account: usize, model: Arc<str>) -> Self {
        let (parking, pause) = (Parking::default(), Backoff::default());
        Self { account, model, parking, pause, paused_for: Meter::Unknown, group: None }
    }

    /// Takes new limits; what was used stays used.
    pub(crate) fn set_group(&mut self, spec: Option<&GroupSpec>, now: Tick) {
        let Some(spec) = spec else {
            self.group = None;
            return;
        };
        let fresh = || Box::new(Group::new());
        self.group.get_or_insert_with(fresh).set(spec, now);
    }

    /// Whether a request of `tokens` may go.
    pub(crate) fn check(&mut self, tokens: u64, now: Tick) -> Result<(), Lost> {
        // First what no waiting helps against.
        if let Some(meter) = self.group.as_deref().and_then(|group| group.exceeded_by(tokens)) {
            return Err(Lost::TooLarge(meter));
        }
        if let Some(until) = self.pause.resting(now) {
            return Err(Lost::Paused { meter: self.paused_for, until });
        }
        self.group.as_deref_mut().map_or(Ok(()), |group| group.check(tokens, now))
    }

    pub(crate) fn take(&mut self, tokens: u64, now: Tick) {
        if let Some(group) = &mut self.group {
            group.take(tokens, now);
        }
    }

    pub(crate) fn correct(&mut self, made: Tick, from: u64, to: u64, now: Tick) {
        if let Some(group) = &mut self.group {
            group.tokens.correct(made, from, to, now);
            if let Some(smoothed) = &mut group.tokens_smoothed {
                smoothed.correct(from, to, now);
            }
        }
    }

    /// A request that was counted at `made` was not sent after all.
    pub(crate) fn unsend(&mut self, made: Tick, now: Tick) {
        if let Some(group) = &mut self.group {
            group.requests.correct(made, 1, 0, now);
            if let Some(smoothed) = &mut group.requests_smoothed {
                smoothed.correct(1, 0, now);
            }
        }
    }

    /// The upstream said that a limit is reached; for how long nobody asks now.
    pub(crate) fn wait(&mut self, meter: Meter, asked: Option<Duration>, now: Tick) -> Duration {
        let longest = if asked.is_some() { ASKED_AT_MOST } else { WAIT_AT_MOST };
        self.paused_for = meter;
        self.pause.strike(asked, first_wait(meter), longest, now)
    }

    pub(crate) fn answered(&mut self, now: Tick) {
        self.pause.answered(now);
    }

    /// Until when nobody asks.
    pub(crate) fn paused(&self, now: Tick) -> Option<Tick> {
        self.pause.resting(now)
    }

    /// When one request of `own` tokens would fit after `ahead`, not before `from`, for estimates. Without `own`, tokens
    /// are not asked for.
    pub(crate) fn expected(&mut self, ahead: Ahead, own: Option<u64>, from: Tick, now: Tick) -> Tick {
        let from = from.max(self.pause.resting(now).unwrap_or(now));
        let Some(group) = &mut self.group else { return from };
        let smoothed =
            group.requests_smoothed.as_mut().map_or(now, |smoothed| smoothed.expected(ahead.requests, 1, now));
        let mut from = from.max(smoothed).max(group.requests.expected(ahead.requests + 1, now));
        if let Some(own) = own {
            let smoothed =
                group.tokens_smoothed.as_mut().map_or(now, |smoothed| smoothed.expected(ahead.tokens, own, now));
            from = from.max(smoothed).max(group.tokens.expected(ahead.tokens.saturating_add(own), now));
        }
        // Last: what may grow now may be too much again later.
        group.ramp.as_ref().map_or(from, |ramp| ramp.expected(from))
    }

    /// The limit behind a refusal, by name.
    pub(crate) fn limit(&self, account: &Account, meter: Meter, ours: bool) -> Limit {
        let group = self.group.as_deref().filter(|_| ours);
        let allowed = match meter {
            Meter::Requests => group.and_then(|group| group.requests.limit()),
            Meter::Tokens => group.and_then(|group| group.tokens.limit()),
            Meter::Burst | Meter::Concurrency | Meter::Unknown => None,
        };
        let of = LimitOf::Account { account: account.name.clone(), model: self.model.clone() };
        Limit { of, meter, allowed }
    }
}

impl Group {
    const fn new() -> Self {
        Self {
            requests: Minute::new(None),
            tokens: Minute::new(None),
            requests_smoothed: None,
            tokens_smoothed: None,
            ramp: None,
        }
    }

    fn set(&mut self, spec: &GroupSpec, now: Tick) {
        let rpm = spec.rpm.map(u64::from);
        self.requests.set_limit(rpm);
        self.tokens.set_limit(spec.tpm);
        set_smoothing(&mut self.requests_smoothed, rpm.filter(|_| spec.per_second), now);
        set_smoothing(&mut self.tokens_smoothed, spec.tpm.filter(|_| spec.per_second), now);
        if self.ramp.as_ref().map(Ramp::growth) != spec.growth {
            self.ramp = spec.growth.map(Ramp::new);
        }
    }

    /// What a request of `tokens` alone is too much for.
    fn exceeded_by(&self, tokens: u64) -> Option<Meter> {
        let too_many = [(self.requests.is_below(1), Meter::Requests), (self.tokens.is_below(tokens), Meter::Tokens)];
        too_many.into_iter().find_map(|(is_below, meter)| is_below.then_some(meter))
    }

    fn check(&mut self, tokens: u64, now: Tick) -> Result<(), Lost> {
        for (minute, amount, meter) in
            [(&mut self.requests, 1, Meter::Requests), (&mut self.tokens, tokens, Meter::Tokens)]
        {
            match minute.fits(amount, now) {
                Fit::Yes => {}
                Fit::From(until) => return Err(Lost::GroupFull { meter, until }),
                Fit::Never => return Err(Lost::TooLarge(meter)),
            }
        }
        let smoothed = [
            (self.requests_smoothed.as_mut().map(|smoothed| smoothed.free_from(1, now)), Meter::Requests),
            (self.tokens_smoothed.as_mut().map(|smoothed| smoothed.free_from(tokens, now)), Meter::Tokens),
            (self.ramp.as_mut().map(|ramp| ramp.free_from(now)), Meter::Burst),
        ];
        let full = smoothed.into_iter().find_map(|(from, meter)| Some((from.filter(|from| *from > now)?, meter)));
        full.map_or(Ok(()), |(until, meter)| Err(Lost::GroupFull { meter, until }))
    }

    fn take(&mut self, tokens: u64, now: Tick) {
        self.requests.take(1, now);
        self.tokens.take(tokens, now);
        if let Some(smoothed) = &mut self.requests_smoothed {
            smoothed.take(1, now);
        }
        if let Some(smoothed) = &mut self.tokens_smoothed {
            smoothed.take(tokens, now);
        }
        if let Some(ramp) = &mut self.ramp {
            ramp.take(now);
        }
    }
}

fn set_smoothing(smoothing: &mut Option<Smoothing>, per_minute: Option<u64>, now: Tick) {
    if smoothing.as_ref().map(Smoothing::per_minute) != per_minute {
        *smoothing = per_minute.map(|per_minute| Smoothing::new(per_minute, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Tick {
        Tick::from_millis(millis)
    }

    fn pair(rpm: Option<u32>, tpm: Option<u64>, per_second: bool) -> Pair {
        let mut pair = Pair::new(0, "qwen-plus".into());
        let spec = GroupSpec { account: "ali".into(), model: "qwen-plus".into(), rpm, tpm, per_second, growth: None };
        pair.set_group(Some(&spec), at(0));
        pair
    }

    #[test]
    fn the_first_full_meter_is_named() {
        let mut pair = pair(Some(2), Some(1_000), false);
        assert_eq!(pair.check(1_001, at(0)), Err(Lost::TooLarge(Meter::Tokens)));
        pair.take(900, at(0));
        assert_eq!(pair.check(200, at(5)), Err(Lost::GroupFull { meter: Meter::Tokens, until: at(60_001) }));
        pair.take(100, at(5));
        assert_eq!(pair.check(1, at(9)), Err(Lost::GroupFull { meter: Meter::Requests, until: at(60_001) }));
    }

    #[test]
    fn a_limit_by_the_second_holds_back_what_the_minute_would_let_through() {
        let mut pair = pair(Some(60), None, true);
        pair.take(10, at(0));
        assert_eq!(pair.check(10, at(100)), Err(Lost::GroupFull { meter: Meter::Requests, until: at(1_000) }));
        assert_eq!(pair.check(10, at(1_000)), Ok(()));
    }

    #[test]
    fn what_was_used_stays_used_when_the_limits_change() {
        let mut pair = pair(Some(2), None, false);
        pair.take(0, at(0));
        let spec = GroupSpec {
            account: "ali".into(),
            model: "*".into(),
            rpm: Some(1),
            tpm: None,
            per_second: false,
            growth: None,
        };
        pair.set_group(Some(&spec), at(10));
        assert!(pair.check(0, at(10)).is_err());
    }

    #[test]
    fn waits_that_do_not_help_double_up_to_a_minute() {
        let (mut pair, mut now) = (pair(None, None, false), at(0));
        for seconds in [8, 16, 32, 60, 60] {
            let rest = pair.wait(Meter::Tokens, None, now);
            assert_eq!(rest, Duration::from_secs(seconds));
            now = now + rest;
        }
    }

    #[test]
    fn a_wait_lasts_as_long_as_asked_or_by_its_meter() {
        for (meter, asked, seconds) in [
            (Meter::Requests, None, 4),
            (Meter::Tokens, None, 8),
            (Meter::Burst, None, 1),
            (Meter::Tokens, Some(3), 3),
            (Meter::Requests, Some(100_000), 1_800),
        ] {
            let mut pair = pair(None, None, false);
            assert_eq!(pair.wait(meter, asked.map(Duration::from_secs), at(0)), Duration::from_secs(seconds));
            let until = at(seconds * 1_000);
            assert_eq!(pair.check(1, at(1)), Err(Lost::Paused { meter, until }));
            assert_eq!(pair.check(1, until), Ok(()));
        }
    }
}
