//! How long an upstream asks to wait.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use hyper::HeaderMap;
use route_policy::{Meter, Verdict};

/// Longer waits are somebody's mistake, and a channel must not rest for a year.
const MAX: Duration = Duration::from_secs(24 * 3600);

/// From `retry-after-ms`, `retry-after` (seconds, or a date judged by the answer's own `date`), OpenAI's
/// `x-ratelimit-reset-*` of the meter, or the words `try again in 1.2s` of the message (in lower case).
pub(super) fn read(headers: &HeaderMap, verdict: Verdict, message: &str) -> Option<Duration> {
    let header = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let of_meter = match verdict {
        Verdict::Wait(Meter::Tokens) => header("x-ratelimit-reset-tokens"),
        Verdict::Wait(Meter::Requests) => header("x-ratelimit-reset-requests"),
        _ => None,
    };
    let found = header("retry-after-ms")
        .and_then(|text| text.parse().ok().and_then(|millis: f64| seconds(millis / 1_000.0)))
        .or_else(|| {
            let text = header("retry-after")?;
            text.parse().ok().and_then(seconds).or_else(|| until(text, header("date")?))
        })
        .or_else(|| spelled(of_meter?))
        .or_else(|| in_words(message));
    found.filter(|wait| !wait.is_zero()).map(|wait| wait.min(MAX))
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

/// The time between two HTTP dates.
fn until(moment: &str, now: &str) -> Option<Duration> {
    let wait = DateTime::parse_from_rfc2822(moment).ok()? - DateTime::parse_from_rfc2822(now).ok()?;
    wait.max(TimeDelta::zero()).to_std().ok()
}

/// `1s`, `6m0s`, `20ms`, `1h2m3.5s`.
fn spelled(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|char: char| !char.is_ascii_digit() && char != '.').filter(|&end| end > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(rest.len());
        total += number
            * match &rest[..unit] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    seconds(total)
}

fn in_words(message: &str) -> Option<Duration> {
    let (_, rest) = message.split_once("try again in ")?;
    let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '.').unwrap_or(rest.len());
    let word = rest[..end].trim_end_matches('.');
    spelled(word).or_else(|| {
        // `20 seconds`.
        let unit = rest[end..].trim_start();
        unit.starts_with("second").then(|| word.parse().ok().and_then(seconds)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn read_all(headers: &[(&'static str, &'static str)], meter: Meter, message: &str) -> Option<f64> {
        let pairs =
            headers.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        read(&pairs.collect(), Verdict::Wait(meter), message).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn the_wait_is_read_from_whatever_says_it_best() {
        let tokens = |headers: &[_]| read_all(headers, Meter::Tokens, "");
        assert_eq!(tokens(&[("retry-after", "7"), ("retry-after-ms", "250")]), Some(0.25));
        assert_eq!(tokens(&[("retry-after", "1.5")]), Some(1.5));
        let dates = [("retry-after", "Mon, 23 Nov 2026 08:00:30 GMT"), ("date", "Mon, 23 Nov 2026 08:00:00 GMT")];
        assert_eq!(tokens(&dates), Some(30.0));
        assert_eq!(tokens(&dates[..1]), None);
        let resets = [("x-ratelimit-reset-tokens", "6m0s"), ("x-ratelimit-reset-requests", "20ms")];
        assert_eq!(tokens(&resets), Some(360.0));
        assert_eq!(read_all(&resets, Meter::Requests, ""), Some(0.02));
        assert_eq!(read_all(&[], Meter::Tokens, "limit 30000. please try again in 1.2s. visit"), Some(1.2));
        assert_eq!(read_all(&[], Meter::Unknown, "please try again in 20 seconds"), Some(20.0));
    }

    #[test]
    fn nonsense_asks_for_no_wait_and_a_year_for_a_day() {
        for text in ["soon", "-3", "0", "nan", "inf", "1e400"] {
            assert_eq!(read_all(&[("retry-after", text)], Meter::Tokens, "try again in a moment"), None, "{text}");
        }
        assert_eq!(read_all(&[("retry-after", "31536000")], Meter::Tokens, ""), Some(86_400.0));
    }
}
