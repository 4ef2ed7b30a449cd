//! How often a token may call an api.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use chrono::NaiveDateTime;
use tokio::time::Instant;

use super::refusal::Refusal;

/// The limits of one api; `None` = unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApiLimits {
    /// Calls per minute.
    pub per_minute: Option<u32>,
    /// Whether the minute's refusal comes in the newer wording.
    pub new_wording: bool,
    /// Calls per hour.
    pub per_hour: Option<u32>,
    /// Calls per day, Shanghai time.
    pub per_day: Option<u32>,
}

/// The limits of every api. Refused calls do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimits {
    /// For the apis that are not in `by_api`.
    pub default: ApiLimits,
    /// Deviations.
    pub by_api: BTreeMap<String, ApiLimits>,
    /// How long a minute lasts by tokio's clock. `None` = it is a minute of the server's clock, so that a test which
    /// moves that clock opens the next one.
    pub minute: Option<Duration>,
}

impl Default for RateLimits {
    /// 500 calls a minute; 50 for `stock_basic`; 400 for `stk_limit`, refused in the newer wording.
    fn default() -> Self {
        let per_minute =
            |limit, new_wording| ApiLimits { per_minute: Some(limit), new_wording, ..ApiLimits::default() };
        Self {
            default: per_minute(500, false),
            by_api: BTreeMap::from([
                ("stock_basic".to_owned(), per_minute(50, false)),
                ("stk_limit".to_owned(), per_minute(400, true)),
            ]),
            minute: None,
        }
    }
}

impl RateLimits {
    /// No limits at all.
    pub fn none() -> Self {
        Self { default: ApiLimits::default(), by_api: BTreeMap::new(), minute: None }
    }

    /// One limit of calls per minute for every api.
    pub fn per_minute(limit: u32) -> Self {
        let default = ApiLimits { per_minute: Some(limit), ..ApiLimits::default() };
        Self { default, by_api: BTreeMap::new(), minute: None }
    }

    fn of(&self, api: &str) -> ApiLimits {
        self.by_api.get(api).copied().unwrap_or(self.default)
    }
}

/// Counts the calls of the running minute, hour and day.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    started: Option<Instant>,
    windows: HashMap<(String, Span), Window>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Span {
    Minute,
    Hour,
    Day,
}

#[derive(Debug, Default)]
struct Window {
    number: i64,
    calls: u32,
}

impl Limiter {
    /// Counts a call of `api` at `now` (Shanghai), or refuses it.
    pub(crate) fn admit(&mut self, limits: &RateLimits, api: &str, now: NaiveDateTime) -> Result<(), Refusal> {
        let of_api = limits.of(api);
        let seconds = now.and_utc().timestamp();
        let minute = match limits.minute {
            None => seconds.div_euclid(60),
            Some(length) => {
                let started = *self.started.get_or_insert_with(Instant::now);
                (started.elapsed().as_nanos() / length.as_nanos().max(1)) as i64
            }
        };
        let spans = [
            (Span::Day, of_api.per_day, seconds.div_euclid(86_400)),
            (Span::Hour, of_api.per_hour, seconds.div_euclid(3_600)),
            (Span::Minute, of_api.per_minute, minute),
        ];
        for (span, limit, number) in spans {
            let window = self.windows.entry((api.to_owned(), span)).or_default();
            if window.number != number {
                *window = Window { number, calls: 0 };
            }
            if let Some(limit) = limit.filter(|limit| window.calls >= *limit) {
                return Err(match span {
                    Span::Day => Refusal::PerDay(limit),
                    Span::Hour => Refusal::PerHour(limit),
                    Span::Minute if of_api.new_wording => Refusal::PerMinuteNewWording(limit),
                    Span::Minute => Refusal::PerMinute(limit),
                });
            }
        }
        for (span, ..) in spans {
            self.windows.entry((api.to_owned(), span)).or_default().calls += 1;
        }
        Ok(())
    }
}
