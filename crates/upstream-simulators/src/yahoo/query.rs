//! A call as Yahoo reads it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::refusal::Refusal;

/// Daily bars and coarser ones. Intraday bars are not simulated: they are always too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interval {
    Day,
    Week,
    Month,
}

impl Interval {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Day => "1d",
            Self::Week => "1wk",
            Self::Month => "1mo",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    /// Unix seconds, `from` included.
    pub(super) from: i64,
    /// Unix seconds, not included.
    pub(super) to: i64,
    /// The `range` parameter, as the answer's `meta` repeats it.
    pub(super) range: String,
    pub(super) interval: Interval,
    pub(super) dividends: bool,
    pub(super) splits: bool,
}

impl Query {
    pub(super) fn parse(params: &BTreeMap<String, String>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let range = params.get("range").cloned().unwrap_or_default();
        let seconds = |name: &str| match params.get(name).map(|text| text.parse::<i64>()) {
            None => Ok(None),
            Some(Ok(seconds)) => Ok(Some(seconds)),
            Some(Err(_)) => Err(Refusal::BadRequest("Invalid input - period1 and period2 must be unix seconds")),
        };
        let (from, to) = match (seconds("period1")?, seconds("period2")?) {
            (Some(from), to) => (from, to.unwrap_or(now.timestamp())),
            (None, _) => {
                (days_back(&range).map_or(i64::MIN, |days| (now - TimeDelta::days(days)).timestamp()), now.timestamp())
            }
        };
        if from >= to {
            return Err(Refusal::BadRequest("Invalid input - start date cannot be after end date."));
        }
        let interval = match params.get("interval").map_or("1d", String::as_str) {
            // The trap: a whole history in days comes in months.
            "1d" if range == "max" => Interval::Month,
            "1d" => Interval::Day,
            "1wk" => Interval::Week,
            "1mo" => Interval::Month,
            "1m" | "2m" | "5m" | "15m" | "30m" | "60m" | "90m" | "1h" => {
                let interval = params.get("interval").cloned().unwrap_or_default();
                return Err(Refusal::IntradayTooOld { interval, from, to });
            }
            other => return Err(Refusal::BadInterval(other.to_owned())),
        };
        let events = params.get("events").map_or("", String::as_str);
        let wants = |name: &str| events.split([',', '|']).any(|event| event == name || event == "history");
        Ok(Self { from, to, range, interval, dividends: wants("div"), splits: wants("splits") || wants("split") })
    }
}

/// `None` = everything.
fn days_back(range: &str) -> Option<i64> {
    match range {
        "1d" => Some(1),
        "5d" => Some(7),
        "3mo" => Some(92),
        "6mo" => Some(183),
        "1y" | "ytd" => Some(365),
        "2y" => Some(731),
        "5y" => Some(1826),
        "10y" => Some(3652),
        "max" => None,
        // One month is what Yahoo takes without a range.
        _ => Some(31),
    }
}
