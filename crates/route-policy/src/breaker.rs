//! Leaves alone what fails often, without a verdict about a single failure.
//!
//! Only outcomes that tell about the upstream's health count: answers (also refusals that are the caller's fault) and
//! breakdowns. "Wait" and "overloaded" are an upstream at work: they neither open a breaker nor close a half-open one.

use std::time::Duration;

use crate::{BreakerOptions, ChannelState, Lost, Tick};

const BUCKETS: usize = 12;

/// Outcomes of the last window, and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    state: State,
    buckets: [Bucket; BUCKETS],
    /// The rest after the next opening, when the canary failed; nothing while closed.
    next_rest: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open {
        until: Tick,
        /// The one request that tries, once `until` has come.
        canary: Option<u64>,
    },
}

/// Outcomes of a twelfth of the window; `number` tells which.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    number: u64,
    answers: u32,
    failures: u32,
}

/// It opened: by how many failures among how many outcomes, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) failures: u32,
    pub(crate) outcomes: u32,
    pub(crate) rest: Duration,
}

impl Breaker {
    /// Whether a request may go, and whether it would be the canary.
    pub(crate) fn check(&self, now: Tick) -> Result<bool, Lost> {
        match self.state {
            State::Closed => Ok(false),
            State::Open { until, .. } if until > now => Err(Lost::BreakerOpen { until }),
            State::Open { canary: None, .. } => Ok(true),
            State::Open { canary: Some(_), .. } => Err(Lost::CanaryOut),
        }
    }

    /// It answered; whether that closed it.
    pub(crate) fn answered(&mut self, options: &BreakerOptions, now: Tick) -> bool {
        match self.state {
            State::Closed => {
                self.bucket(options, now).answers += 1;
                false
            }
            // Still resting: the answer is to a request from before.
            State::Open { until, .. } if until > now => false,
            State::Open { .. } => {
                *self = Self::default();
                true
            }
        }
    }

    /// It failed; what that opened.
    pub(crate) fn failed(&mut self, options: &BreakerOptions, now: Tick) -> Option<Opened> {
        match self.state {
            State::Closed => {
                self.bucket(options, now).failures += 1;
                let (answers, failures) = self.outcomes(options, now);
                let outcomes = answers.saturating_add(failures);
                let many = u64::from(failures) * 100 >= u64::from(outcomes) * u64::from(options.failures_percent);
                (failures >= options.min_failures.max(1) && many).then(|| self.open(failures, outcomes, options, now))
            }
            State::Open { until, .. } if until > now => None,
            State::Open { .. } => Some(self.open(1, 1, options, now)),
        }
    }

    /// Request `id` is the canary.
    pub(crate) fn send_canary(&mut self, id: u64) {
        if let State::Open { canary, .. } = &mut self.state {
            *canary = Some(id);
        }
    }

    /// Request `id` is over: if it was the canary and nothing came of it, the next one is.
    pub(crate) fn canary_over(&mut self, id: u64) {
        if let State::Open { canary, .. } = &mut self.state
            && *canary == Some(id)
        {
            *canary = None;
        }
    }

    /// Whether it is open or half-open.
    pub(crate) fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// For people.
    pub(crate) fn state(&self, now: Tick) -> Option<ChannelState> {
        match self.state {
            State::Closed => None,
            State::Open { until, .. } if until > now => Some(ChannelState::BreakerOpen { again_in: until.since(now) }),
            State::Open { .. } => Some(ChannelState::HalfOpen),
        }
    }

    fn open(&mut self, failures: u32, outcomes: u32, options: &BreakerOptions, now: Tick) -> Opened {
        let rest = self.next_rest.max(options.open).min(options.open_at_most);
        *self = Self {
            state: State::Open { until: now + rest, canary: None },
            next_rest: rest.saturating_mul(2),
            ..Self::default()
        };
        Opened { failures, outcomes, rest }
    }

    fn bucket(&mut self, options: &BreakerOptions, now: Tick) -> &mut Bucket {
        let number = number(options, now);
        let bucket = &mut self.buckets[usize::try_from(number % BUCKETS as u64).unwrap_or(0)];
        if bucket.number != number {
            *bucket = Bucket { number, ..Bucket::default() };
        }
        bucket
    }

    fn outcomes(&self, options: &BreakerOptions, now: Tick) -> (u32, u32) {
        let number = number(options, now);
        let recent = self.buckets.iter().filter(|bucket| number - bucket.number.min(number) < BUCKETS as u64);
        recent.fold((0, 0), |(answers, failures), bucket| (answers + bucket.answers, failures + bucket.failures))
    }
}

fn number(options: &BreakerOptions, now: Tick) -> u64 {
    let twelfth = u64::try_from(options.window.as_millis()).unwrap_or(u64::MAX) / BUCKETS as u64;
    now.millis() / twelfth.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: fn() -> BreakerOptions = BreakerOptions::default;

    /// Plays `+` answers and `x` failures, one a second from second `from` on; says at which outcome it opened.
    fn play(breaker: &mut Breaker, outcomes: &str, from: u64) -> Option<usize> {
        outcomes.chars().enumerate().find_map(|(index, outcome)| {
            let now = Tick::from_millis((from + index as u64) * 1_000);
            match outcome {
                '+' => {
                    breaker.answered(&OPTIONS(), now);
                    None
                }
                _ => breaker.failed(&OPTIONS(), now).map(|_| index + 1),
            }
        })
    }

    #[test]
    fn it_opens_by_many_failures_of_the_last_minute_and_never_by_one() {
        for (outcomes, opens_at) in [
            ("x", None),
            ("xxxx", None),
            ("xxxxx", Some(5)),
            ("++++++xxxxx", None),
            ("+++++xxxxx", Some(10)),
            ("x+x+x+x+x", Some(9)),
            ("x++x++x++x++x++x", None),
        ] {
            assert_eq!(play(&mut Breaker::default(), outcomes, 0), opens_at, "{outcomes}");
        }
    }

    #[test]
    fn failures_of_long_ago_do_not_count() {
        let mut breaker = Breaker::default();
        assert_eq!(play(&mut breaker, "xxxx", 0), None);
        assert_eq!(play(&mut breaker, "xxxx", 70), None);
        assert_eq!(play(&mut breaker, "x", 75), Some(1));
    }

    #[test]
    fn one_request_tries_and_the_rest_doubles_while_it_fails() {
        let (options, mut breaker) = (OPTIONS(), Breaker::default());
        let mut now = Tick::from_millis(1_000_000);
        let mut opened = None;
        for _ in 0..5 {
            opened = breaker.failed(&options, now);
        }
        assert_eq!(opened, Some(Opened { failures: 5, outcomes: 5, rest: Duration::from_secs(10) }));
        for seconds in [10, 20, 40, 80, 160, 300] {
            assert_eq!(breaker.check(now), Err(Lost::BreakerOpen { until: now + Duration::from_secs(seconds) }));
            assert_eq!(breaker.failed(&options, now), None, "an older request's failure changes nothing");
            assert!(!breaker.answered(&options, now), "nor does its answer");
            now = now + Duration::from_secs(seconds);
            assert_eq!(breaker.check(now), Ok(true));
            breaker.send_canary(1);
            assert_eq!(breaker.check(now), Err(Lost::CanaryOut));
            assert!(breaker.failed(&options, now).is_some());
        }
        now = now + Duration::from_secs(300);
        assert!(breaker.answered(&options, now));
        assert_eq!((breaker.check(now), breaker.is_open()), (Ok(false), false));
    }
}
