//! Shanghai time: moments are stored in UTC and printed with the offset +08:00.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, Utc};

/// China has had no daylight saving time since 1991, long before the first job ran.
const OFFSET_SECONDS: i32 = 8 * 3600;

/// `2026-04-30T18:31:02+08:00`, with as many decimals as the moment has, six at most: that is what the warehouse keeps.
pub(crate) fn text(moment: DateTime<Utc>) -> String {
    local(moment).trunc_subsecs(6).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// The calendar day in Shanghai.
pub(crate) fn date(moment: DateTime<Utc>) -> NaiveDate {
    local(moment).date_naive()
}

/// The moment at which it is `time` on `day` in Shanghai; `None` outside of what can be represented.
pub(crate) fn moment(day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    day.and_time(time).checked_sub_offset(FixedOffset::east_opt(OFFSET_SECONDS)?).map(|moment| moment.and_utc())
}

fn local(moment: DateTime<Utc>) -> DateTime<FixedOffset> {
    FixedOffset::east_opt(OFFSET_SECONDS).map_or_else(|| moment.fixed_offset(), |offset| moment.with_timezone(&offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_in_utc_is_the_next_morning_in_shanghai() {
        let moment: DateTime<Utc> = "2026-04-30T18:31:02.5Z".parse().unwrap();
        assert_eq!(text(moment), "2026-05-01T02:31:02.500+08:00");
        let finer = moment + chrono::TimeDelta::nanoseconds(1_001);
        assert_eq!(text(finer), "2026-05-01T02:31:02.500001+08:00");
        assert_eq!(date(moment).to_string(), "2026-05-01");
        let time = NaiveTime::from_hms_milli_opt(2, 31, 2, 500).unwrap();
        assert_eq!(super::moment(date(moment), time), Some(moment));
    }
}
