//! When a search that failed is tried again.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use axum::http::StatusCode;

/// Tries of a search that fails for the gateway's or SearXNG's sake; each one counts as a search of the caller.
const TRIES_MAX: u32 = 3;
/// Before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The pause is longer by up to this share, so that callers who failed together do not come back together.
const SPREAD: u32 = 2;

/// What became of one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// The gateway answered; what its `retry-after` says.
    Answered(StatusCode, Option<Duration>),
    /// The gateway did not.
    Unreachable,
}

/// How long to wait before the next try, `None` to be content with what there is. `tried` counts the tries so far, `left` is
/// what the caller still has, `seed` spreads the pauses of several callers.
///
/// A 429 is waited out as long as the caller has the time: a search that was not begun costs nobody anything.
pub(super) fn pause(outcome: Tried, tried: u32, left: Duration, seed: &str) -> Option<Duration> {
    let backoff = FIRST_PAUSE * 2_u32.saturating_pow(tried.saturating_sub(1));
    let wait = match outcome {
        Tried::Answered(StatusCode::TOO_MANY_REQUESTS, wait) => wait.unwrap_or(backoff),
        _ if tried >= TRIES_MAX => return None,
        Tried::Answered(
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT,
            wait,
        ) => wait.unwrap_or_default().max(spread(backoff, tried, seed)),
        Tried::Unreachable => spread(backoff, tried, seed),
        Tried::Answered(..) => return None,
    };
    // Without time left for an answer there is no use in asking.
    (wait < left).then_some(wait)
}

fn spread(pause: Duration, tried: u32, seed: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    (seed, tried).hash(&mut hasher);
    let share = u32::try_from(hasher.finish() % 1000).unwrap_or_default();
    pause + pause / SPREAD * share / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn after(status: u16, wait: Option<u64>, tried: u32, left: Duration) -> Option<Duration> {
        let outcome = Tried::Answered(StatusCode::from_u16(status).unwrap(), wait.map(Duration::from_secs));
        pause(outcome, tried, left, "request-1")
    }

    #[test]
    fn a_429_is_waited_out_exactly_as_long_as_it_says_and_never_beyond_the_callers_time() {
        assert_eq!(after(429, Some(7), 1, LONG), Some(Duration::from_secs(7)));
        assert_eq!(after(429, Some(7), 50, LONG), Some(Duration::from_secs(7)), "however often");
        assert_eq!(after(429, Some(7), 1, Duration::from_secs(7)), None);
        assert_eq!(after(429, None, 1, LONG), Some(FIRST_PAUSE));
    }

    #[test]
    fn what_may_heal_is_tried_three_times_with_growing_pauses() {
        for outcome in [502, 503, 504] {
            let first = after(outcome, None, 1, LONG).unwrap();
            let second = after(outcome, None, 2, LONG).unwrap();
            assert!(first >= FIRST_PAUSE && first <= FIRST_PAUSE * 3 / 2, "{first:?}");
            assert!(second >= FIRST_PAUSE * 2 && second <= FIRST_PAUSE * 3, "{second:?}");
            assert_eq!(after(outcome, None, 3, LONG), None);
        }
        assert_eq!(after(503, Some(5), 1, LONG), Some(Duration::from_secs(5)));
        assert!(pause(Tried::Unreachable, 1, LONG, "a").is_some());
        assert_eq!(pause(Tried::Unreachable, 3, LONG, "a"), None);
        assert_eq!(pause(Tried::Unreachable, 1, Duration::from_millis(100), "a"), None);
    }

    #[test]
    fn what_cannot_heal_is_not_tried_again() {
        for status in [200, 400, 401, 403, 404, 413, 415, 500, 501] {
            assert_eq!(after(status, Some(1), 1, LONG), None, "{status}");
        }
    }

    #[test]
    fn callers_come_back_at_different_times() {
        let of = |seed: &str| pause(Tried::Unreachable, 1, LONG, seed);
        let times: std::collections::BTreeSet<_> = (0..100).map(|n| of(&n.to_string())).collect();
        assert!(times.len() > 50, "{times:?}");
    }
}
