//! How long ago something was, in two units at most.

use chrono::TimeDelta;

/// `3 d 4 h`, `5 h 12 min`, `40 s`.
pub(crate) fn age(age: TimeDelta) -> String {
    match (age.num_days(), age.num_hours() % 24, age.num_minutes() % 60) {
        (0, 0, 0) => format!("{} s", age.num_seconds()),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_two_units_at_most() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (61, "1 min"), (7_260, "2 h 1 min"), (90_000, "1 d 1 h"), (864_000, "10 d 0 h")]
        {
            assert_eq!(age(TimeDelta::seconds(seconds)), text);
        }
    }
}
