//! The period and the day of publication of a row.

use chrono::{Datelike, NaiveDate};

use super::{
    PeriodRule, PublicationRule, SeriesSpec,
    month::{end_of_month_before, end_of_quarter_before, month_end, parse_month, parse_quarters},
};
use crate::{cell::Cell, normalize::BadCell};

/// From this day of a month on a purchasing managers' index is about that month itself.
const END_OF_MONTH: u32 = 20;

/// When a row of a series is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    /// Last day of the period.
    pub(crate) period: NaiveDate,
    pub(crate) published: Option<NaiveDate>,
}

impl SeriesSpec {
    /// Reads period and publication out of a row; `cell` gives its cells by column.
    pub(crate) fn when<'a>(&self, cell: impl Fn(&str) -> &'a Cell) -> Result<When, BadCell> {
        let day = |column: &str| {
            let cell = cell(column);
            cell.day().ok_or_else(|| BadCell::of(column, cell, "is not a day"))
        };
        let text = |column: &'static str, what: &str, parse: fn(&str) -> Option<NaiveDate>| {
            let cell = cell(column);
            cell.content().and_then(parse).ok_or_else(|| BadCell::of(column, cell, what))
        };
        let published = match self.publication {
            PublicationRule::Day(column) => Some(day(column)?),
            PublicationRule::OnThePeriodsDay | PublicationRule::Unknown => None,
        };
        let after = |derive: fn(NaiveDate) -> Option<NaiveDate>| {
            published.and_then(derive).ok_or_else(|| BadCell {
                reason: format!("{} has no day of publication to derive its period from", self.name),
                value: String::new(),
            })
        };
        let period = match self.period {
            PeriodRule::MonthBeforePublication => after(end_of_month_before)?,
            PeriodRule::MonthAtItsEnd => after(month_at_its_end)?,
            PeriodRule::QuarterBeforePublication => after(end_of_quarter_before)?,
            PeriodRule::Month(column) => text(column, "is not a month", parse_month)?,
            PeriodRule::Quarter(column) => text(column, "is not a range of quarters", parse_quarters)?,
            PeriodRule::Day(column) => day(column)?,
        };
        let same_day = self.publication == PublicationRule::OnThePeriodsDay;
        Ok(When { period, published: if same_day { Some(period) } else { published } })
    }
}

fn month_at_its_end(published: NaiveDate) -> Option<NaiveDate> {
    if published.day() >= END_OF_MONTH { month_end(published) } else { end_of_month_before(published) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;
    use crate::series_named;

    fn when(series: &str, row: &str) -> Result<(String, Option<String>), String> {
        let row: BTreeMap<String, Box<RawValue>> = serde_json::from_str(row).unwrap();
        let row: BTreeMap<String, Cell> = row.into_iter().map(|(column, cell)| (column, Cell::parse(&cell))).collect();
        let when = series_named(series).unwrap().when(|column| &row[column]).map_err(|bad| bad.reason)?;
        Ok((when.period.to_string(), when.published.map(|day| day.to_string())))
    }

    fn published(series: &str, day: &str) -> String {
        let (period, published) = when(series, &format!("{{\"日期\":\"{day}T00:00:00.000\"}}")).unwrap();
        assert_eq!(published.as_deref(), Some(day));
        period
    }

    #[test]
    fn prices_and_money_are_about_the_month_before_their_publication() {
        for series in ["china_cpi_yearly", "china_cpi_monthly", "china_ppi_yearly", "china_m2_yearly"] {
            assert_eq!(published(series, "2025-11-09"), "2025-10-31");
            assert_eq!(published(series, "2025-01-09"), "2024-12-31");
        }
        assert_eq!(published("china_cpi_yearly", "1986-02-01"), "1986-01-31");
        // January and February come together in the middle of March.
        assert_eq!(published("china_industrial_production_yoy", "2025-03-17"), "2025-02-28");
        assert_eq!(published("china_fx_reserves", "2025-10-07"), "2025-09-30");
    }

    #[test]
    fn a_purchasing_managers_index_at_a_months_end_is_about_that_month() {
        assert_eq!(published("china_pmi", "2025-10-31"), "2025-10-31");
        assert_eq!(published("china_pmi", "2025-09-30"), "2025-09-30");
        // Before the New Year holidays.
        assert_eq!(published("china_pmi", "2025-01-27"), "2025-01-31");
        assert_eq!(published("china_pmi", "2025-02-20"), "2025-02-28");
    }

    #[test]
    fn a_purchasing_managers_index_at_a_months_beginning_is_about_the_month_before() {
        assert_eq!(published("china_pmi", "2025-03-01"), "2025-02-28");
        assert_eq!(published("china_caixin_pmi", "2025-11-03"), "2025-10-31");
        assert_eq!(published("china_caixin_services_pmi", "2026-01-05"), "2025-12-31");
        assert_eq!(published("china_non_manufacturing_pmi", "2025-02-19"), "2025-01-31");
    }

    #[test]
    fn national_accounts_are_about_the_quarter_before_even_when_late() {
        assert_eq!(published("china_gdp_yearly", "2025-10-20"), "2025-09-30");
        assert_eq!(published("china_gdp_yearly", "2025-01-17"), "2024-12-31");
        assert_eq!(published("china_gdp_yearly", "2022-10-24"), "2022-09-30");
    }

    #[test]
    fn named_months_and_quarters_have_no_day_of_publication() {
        let named = |series, row| when(series, row).unwrap();
        assert_eq!(named("china_cpi_national_yoy", "{\"月份\":\"2025年10月份\"}"), ("2025-10-31".to_owned(), None));
        assert_eq!(named("china_social_financing", "{\"月份\":\"201501\"}"), ("2015-01-31".to_owned(), None));
        assert_eq!(named("china_gdp_cumulative", "{\"季度\":\"2025年第1-3季度\"}"), ("2025-09-30".to_owned(), None));
    }

    #[test]
    fn fixings_are_published_on_their_own_day_and_reserve_ratios_before_they_take_effect() {
        let (period, published) = when("china_lpr_1y", "{\"TRADE_DATE\":\"2025-10-20T00:00:00.000\"}").unwrap();
        assert_eq!((period.as_str(), published.as_deref()), ("2025-10-20", Some("2025-10-20")));
        let row = "{\"公布时间\":\"2025年05月07日\",\"生效时间\":\"2025年05月15日\"}";
        let (period, published) = when("china_rrr_large", row).unwrap();
        assert_eq!((period.as_str(), published.as_deref()), ("2025-05-15", Some("2025-05-07")));
    }

    #[test]
    fn a_row_without_a_readable_day_is_refused_with_its_column() {
        assert_eq!(when("china_cpi_yearly", "{\"日期\":null}").unwrap_err(), "日期 is not a day");
        assert_eq!(when("china_cpi_yearly", "{\"日期\":\"2025-02-30\"}").unwrap_err(), "日期 is not a day");
        assert_eq!(when("china_cpi_national_yoy", "{\"月份\":\"2025\"}").unwrap_err(), "月份 is not a month");
        assert_eq!(when("china_gdp_cumulative", "{\"季度\":7}").unwrap_err(), "季度 is not a range of quarters");
    }
}
