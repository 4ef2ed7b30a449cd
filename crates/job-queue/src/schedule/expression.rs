//! A cron expression with a time zone: which ticks lie where.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;

/// A wrong schedule; fix the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The expression has the wrong shape.
    #[error("cron expression {expression:?}: {reason}")]
    Expression {
        /// As given.
        expression: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Two entries of one scheduler have the same name, or the name cannot be part of a job id.
    #[error("schedule entry {name:?}: {reason}")]
    Name {
        /// As given.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// Six fields: second, minute, hour, day of month, month, day of week (1 = Sunday … 7 = Saturday, or names); or a nickname such as
/// `@daily`. Read in one time zone.
#[derive(Debug, Clone)]
pub struct CronExpression {
    schedule: Schedule,
    timezone: Tz,
}

impl CronExpression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`ScheduleError::Expression`], with the mistakes that people make spelled out: five fields, and weekday 0.
    pub fn parse(expression: &str, timezone: Tz) -> Result<Self, ScheduleError> {
        let wrong = |reason: String| ScheduleError::Expression { expression: expression.to_owned(), reason };
        let fields: Vec<&str> = expression.split_whitespace().collect();
        match fields.as_slice() {
            [nickname] if nickname.starts_with('@') => {}
            [_, _, _, _, _] => {
                return Err(wrong(format!(
                    "5 fields; the second comes first here, so probably \"0 {expression}\" is meant"
                )));
            }
            [.., weekday] if fields.len() == 6 => {
                if names_weekday_zero(weekday) {
                    return Err(wrong(
                        "there is no weekday 0; 1 is Sunday, 7 is Saturday, names are clearer (Mon-Fri)".to_owned(),
                    ));
                }
            }
            _ => {
                return Err(wrong(format!(
                    "{} fields instead of 6 (second minute hour day month weekday)",
                    fields.len()
                )));
            }
        }
        let schedule = Schedule::from_str(expression).map_err(|error| wrong(error.to_string()))?;
        if schedule.after(&timezone.timestamp_nanos(0)).next().is_none() {
            return Err(wrong("it never comes due".to_owned()));
        }
        Ok(Self { schedule, timezone })
    }

    /// The latest tick at or before `now`.
    pub fn latest(&self, now: DateTime<Utc>) -> Option<DateTime<Tz>> {
        let just_after = (now + TimeDelta::seconds(1)).with_timezone(&self.timezone);
        self.schedule.after(&just_after).rev().find(|tick| *tick <= now)
    }

    /// The first tick after `now`.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Tz>> {
        self.schedule.after(&now.with_timezone(&self.timezone)).find(|tick| *tick > now)
    }
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.schedule.source(), self.timezone)
    }
}

fn names_weekday_zero(field: &str) -> bool {
    field.split(',').any(|part| part.split('/').next().is_some_and(|range| range.split('-').any(|day| day == "0")))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;

    use super::*;

    fn reason(expression: &str) -> String {
        CronExpression::parse(expression, Shanghai).unwrap_err().to_string()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn mistakes_are_explained() {
        assert!(reason("30 18 * * *").contains("probably \"0 30 18 * * *\""), "{}", reason("30 18 * * *"));
        assert!(reason("0 30 18 * * 0").contains("1 is Sunday"));
        assert!(reason("0 30 18 * * 0-5").contains("1 is Sunday"));
        assert!(reason("0 30 18 * *  Mon,0").contains("1 is Sunday"));
        assert!(reason("").contains("0 fields"));
        assert!(reason("0 30 25 * * *").contains("0 30 25 * * *"));
        assert!(reason("0 0 0 30 2 *").contains("never"));
        assert!(reason("every day at six o'clock").contains("every day"));
    }

    #[test]
    fn ticks_are_those_of_the_time_zone() {
        let evening = CronExpression::parse("0 30 18 * * Mon-Fri", Shanghai).unwrap();
        let friday = utc("2026-11-20T10:30:00Z");
        assert_eq!(evening.latest(friday).unwrap().to_rfc3339(), "2026-11-20T18:30:00+08:00");
        assert_eq!(
            evening.latest(friday - TimeDelta::milliseconds(1)).unwrap().to_rfc3339(),
            "2026-11-19T18:30:00+08:00"
        );
        assert_eq!(evening.next(friday).unwrap().to_rfc3339(), "2026-11-23T18:30:00+08:00");
        assert_eq!(evening.latest(utc("2026-11-22T12:00:00Z")).unwrap().to_rfc3339(), "2026-11-20T18:30:00+08:00");
        assert!(CronExpression::parse("@hourly", Shanghai).is_ok());
    }

    proptest! {
        #[test]
        fn the_latest_tick_is_the_last_of_those_going_forward(
            seconds in 1_500_000_000_i64..2_000_000_000,
            expression in prop::sample::select(vec![
                "0 30 18 * * *", "0 0 3 * * Mon", "*/7 * * * * *", "0 0 */6 * * *", "0 0 0 31 * *", "15 30 2 1 1,7 *", "0 0 12 29 2 *",
            ]),
        ) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let cron = CronExpression::parse(expression, Shanghai).unwrap();
            let latest = cron.latest(now).unwrap();
            prop_assert!(latest <= now);
            let following = cron.next(latest.to_utc()).unwrap();
            prop_assert!(following > now, "{expression}: {following} was skipped");
            prop_assert_eq!(cron.next(latest.to_utc() - TimeDelta::seconds(1)), Some(latest));
        }
    }
}
