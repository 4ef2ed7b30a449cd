//! How long an engine rests.

use chrono::TimeDelta;

/// The first rest after a failure that is nobody's decision; doubled with every further one.
const FIRST: TimeDelta = TimeDelta::seconds(30);
const LONGEST: TimeDelta = TimeDelta::minutes(16);

/// By SearXNG's reason, and by how often the engine has failed one after the other (from 1).
pub(super) fn rest_after(reason: &str, failures: u32) -> TimeDelta {
    let reason = reason.to_lowercase();
    if reason.starts_with("suspended") {
        // SearXNG does not ask it, so looking again costs nothing; and it may be less than the whole time until the end.
        return TimeDelta::minutes(1);
    }
    if reason.contains("captcha") {
        return TimeDelta::hours(1);
    }
    if reason.contains("too many requests") || reason.contains("access denied") {
        return TimeDelta::minutes(3);
    }
    let doubled = FIRST * 2_i32.pow(failures.saturating_sub(1).min(8));
    doubled.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_its_time_and_other_failures_double() {
        for (reason, failures, seconds) in [
            ("CAPTCHA", 1, 3_600),
            ("CAPTCHA", 9, 3_600),
            ("too many requests", 1, 180),
            ("access denied", 2, 180),
            ("Suspended: CAPTCHA", 1, 60),
            ("timeout", 1, 30),
            ("timeout", 2, 60),
            ("timeout", 5, 480),
            ("parsing error", 6, 960),
            ("unexpected crash", 4_000_000_000, 960),
        ] {
            assert_eq!(rest_after(reason, failures).num_seconds(), seconds, "{reason} {failures}");
        }
    }
}
