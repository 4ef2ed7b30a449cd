//! Days on which a single code traded without a price limit, which neither date nor board tells.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::Code;

/// A code's day without a price limit, and the document that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoLimitDay {
    /// The code.
    pub code: Code,
    /// The day.
    pub date: NaiveDate,
    /// Why, and which document says so.
    pub source: String,
}

/// Days of single codes that have no price limit: resumptions after a share reform or a restructuring, relistings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoLimitDays(BTreeMap<(Code, NaiveDate), String>);

impl NoLimitDays {
    /// The days that are known with certainty, each with its document. There are many more: from 2005 to 2008 every
    /// share had one at its reform. An operator adds what is missing with [`NoLimitDays::merged_with`].
    pub fn sourced() -> Self {
        SOURCED
            .iter()
            .filter_map(|(code, (year, month, day), source)| {
                let (code, date) = (code.parse().ok()?, NaiveDate::from_ymd_opt(*year, *month, *day)?);
                Some(NoLimitDay { code, date, source: (*source).to_owned() })
            })
            .collect()
    }

    /// These days and `more`; where both have a day, the source of `more` stands.
    #[must_use]
    pub fn merged_with(mut self, more: impl IntoIterator<Item = NoLimitDay>) -> Self {
        self.0.extend(Self::from_iter(more).0);
        self
    }

    /// Why `code` had no limit on `date`; `None` where the ordinary rules hold.
    pub fn reason(&self, code: &Code, date: NaiveDate) -> Option<&str> {
        self.0.get(&(*code, date)).map(String::as_str)
    }

    /// Every day with its source, by code, then date.
    pub fn iter(&self) -> impl Iterator<Item = (Code, NaiveDate, &str)> {
        self.0.iter().map(|((code, date), source)| (*code, *date, source.as_str()))
    }
}

impl FromIterator<NoLimitDay> for NoLimitDays {
    fn from_iter<I: IntoIterator<Item = NoLimitDay>>(days: I) -> Self {
        Self(days.into_iter().map(|day| ((day.code, day.date), day.source)).collect())
    }
}

/// What [`NoLimitDays::sourced`] holds. Only days whose document was read, or whose prices leave no other reading.
static SOURCED: &[(&str, (i32, u32, u32), &str)] = &[
    (
        "600031.SH",
        (2005, 6, 17),
        "first day after the share reform: notice of its implementation, Securities Times and Shanghai Securities News of \
         2005-06-14 (no ex-right reference, no limit)",
    ),
    (
        "000001.SZ",
        (2007, 6, 20),
        "first day after the share reform, to which the exchanges apply neither ex-right reference nor limit; the close \
         of 31.19 lies 19.6 % above the computed reference of 26.08",
    ),
    (
        "601975.SH",
        (2019, 1, 8),
        "first day after its relisting: SSE, quoted in Securities Daily of 2019-01-09; the limit returned on 2019-01-09",
    ),
    ("601399.SH", (2020, 6, 8), "first day after its relisting: Beijing Business Today of 2020-06-08"),
    (
        "000792.SZ",
        (2021, 8, 10),
        "resumption of the suspended listing: company notice in Shanghai Securities News of 2021-08-02; the limit of \
         10 % returned on 2021-08-11",
    ),
    (
        "001267.SZ",
        (2021, 11, 17),
        "first day after its relisting: company notice of 2021-11-10; the limit of 10 % returned the next day",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(code: &str, date: &str, source: &str) -> NoLimitDay {
        NoLimitDay { code: code.parse().unwrap(), date: date.parse().unwrap(), source: source.to_owned() }
    }

    #[test]
    fn every_entry_of_the_table_is_a_code_a_weekday_and_a_source() {
        let days = NoLimitDays::sourced();
        assert_eq!(days.iter().count(), SOURCED.len(), "no entry is malformed or twice there");
        for (code, date, source) in days.iter() {
            assert!(crate::Board::of_code(&code).is_some(), "{code} is no A-share");
            assert!(source.contains("first day") || source.contains("resumption"), "{code}: {source}");
            assert!(chrono::Datelike::weekday(&date).number_from_monday() <= 5, "{code} {date}");
        }
    }

    #[test]
    fn the_reform_of_000001_is_in_it_and_the_days_around_are_not() {
        let days = NoLimitDays::sourced();
        let reason = |date: &str| days.reason(&"000001.SZ".parse().unwrap(), date.parse().unwrap());
        assert!(reason("2007-06-20").unwrap().contains("share reform"));
        assert_eq!([reason("2007-05-30"), reason("2007-06-21")], [None, None]);
        assert_eq!(days.reason(&"000001.SH".parse().unwrap(), "2007-06-20".parse().unwrap()), None, "the index");
    }

    #[test]
    fn an_operators_days_are_added_and_win() {
        let days = NoLimitDays::sourced()
            .merged_with([day("600519.SH", "2006-05-25", "notice"), day("000001.SZ", "2007-06-20", "my notice")]);
        let reason = |code: &str, date: &str| days.reason(&code.parse().unwrap(), date.parse().unwrap());
        assert_eq!(reason("600519.SH", "2006-05-25"), Some("notice"));
        assert_eq!(reason("000001.SZ", "2007-06-20"), Some("my notice"));
        assert!(reason("000792.SZ", "2021-08-10").is_some(), "the table's others stay");
    }
}
