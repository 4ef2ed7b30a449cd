//! Values that several sections write the same way.

use std::{net::SocketAddr, ops::RangeInclusive, str::FromStr as _, time::Duration};

use chrono::{NaiveDate, NaiveTime};
use reqwest::Url;

use super::super::{context::Context, error::ConfigError};

/// `"127.0.0.1:8000"`; port 0 lets the system choose.
pub(super) fn listen(context: &Context, key: &str, value: &str) -> Result<SocketAddr, ConfigError> {
    let allowed = "an address and a port, as in \"127.0.0.1:8000\" or \"[::]:8000\"";
    value.parse().map_err(|_| context.bad(key, format!("{value:?} is no socket address"), allowed))
}

/// A name that serves in logs, metrics and environment variables.
pub(super) fn name(context: &Context, key: &str, value: &str) -> Result<String, ConfigError> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if value.is_empty() || value.len() > 64 || !value.chars().all(plain) {
        return Err(context.bad(key, format!("{value:?} is no name"), "letters, digits and hyphens, at most 64"));
    }
    Ok(value.to_owned())
}

/// A whole number of seconds.
pub(super) fn seconds(
    context: &Context,
    key: &str,
    value: u64,
    allowed: RangeInclusive<u64>,
) -> Result<Duration, ConfigError> {
    context.within(key, value, allowed).map(Duration::from_secs)
}

/// `"2026-01-05"`.
pub(super) fn date(context: &Context, key: &str, value: &str) -> Result<NaiveDate, ConfigError> {
    let allowed = "a date, as in \"2026-01-05\"";
    value.parse().map_err(|_| context.bad(key, format!("{value:?} is no date"), allowed))
}

/// `"15:30"`.
pub(super) fn time_of_day(context: &Context, key: &str, value: &str) -> Result<NaiveTime, ConfigError> {
    let allowed = "a time of day from \"00:00\" to \"23:59\"";
    NaiveTime::parse_from_str(value, "%H:%M")
        .map_err(|_| context.bad(key, format!("{value:?} is no time of day"), allowed))
}

/// Six cron fields, or none where it says "off".
pub(super) fn cron(context: &Context, key: &str, value: &str) -> Result<Option<String>, ConfigError> {
    if value == "off" {
        return Ok(None);
    }
    let allowed =
        "\"off\", or second minute hour day month weekday, as in \"0 30 18 * * *\" (weekdays 1 = Sunday to 7)";
    match cron::Schedule::from_str(value) {
        Ok(_) => Ok(Some(value.to_owned())),
        Err(_) => Err(context.bad(key, format!("{value:?} is no schedule"), allowed)),
    }
}

/// `"http://api.tushare.pro"`, without a slash at the end.
pub(super) fn base_url(context: &Context, key: &str, value: &str) -> Result<String, ConfigError> {
    let allowed = "an http:// or https:// URL without credentials";
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['@', '?', '#', ' ']) => {
            Ok(value.trim_end_matches('/').to_owned())
        }
        _ => Err(context.bad(key, "is no base URL", allowed)),
    }
}

/// As [`base_url`], parsed.
pub(super) fn url(context: &Context, key: &str, value: &str) -> Result<Url, ConfigError> {
    let base = base_url(context, key, value)?;
    let bad = |_| context.bad(key, "is no base URL", "an http:// or https:// URL without credentials");
    Url::parse(&base).map_err(bad)
}
