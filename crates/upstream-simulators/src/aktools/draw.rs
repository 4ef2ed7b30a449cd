//! Figures out of nothing: each belongs to a key and a number, in any order, and stays what it is.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::market::noise;

/// The noise of one series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    seed: u64,
    key: u64,
}

impl Series {
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { seed, key: name.bytes().fold(0xcbf2_9ce4_8422_2325, mix) }
    }

    /// In `[0, 1)`, by the period and a salt.
    pub(super) fn unit(&self, period: NaiveDate, salt: u64) -> f64 {
        noise(self.seed, self.key, period.num_days_from_ce() as u64 * 64 + salt)
    }

    /// `middle` ± `width`, moving slowly from year to year and a little from period to period, as a whole number.
    pub(super) fn around(&self, period: NaiveDate, middle: i64, width: i64) -> i64 {
        let knot = |year: i32| noise(self.seed, self.key, year as u64 + (1 << 40)) - 0.5;
        let part = f64::from(period.ordinal0()) / 366.0;
        let slow = knot(period.year()) * (1.0 - part) + knot(period.year() + 1) * part;
        middle + (width as f64 * (1.6 * slow + 0.4 * (self.unit(period, 0) - 0.5))).round() as i64
    }

    /// A level that begins with `first` and grows by about `step` per month.
    pub(super) fn growing(&self, period: NaiveDate, since: i32, first: i64, step: i64) -> i64 {
        let months = i64::from(period.year() - since) * 12 + i64::from(period.month0());
        first + step * months + (step as f64 * (self.unit(period, 1) - 0.5)).round() as i64
    }

    /// Whether something that happens in `per_mille` of the periods happens in this one.
    pub(super) fn happens(&self, period: NaiveDate, salt: u64, per_mille: u32) -> bool {
        self.unit(period, salt) < f64::from(per_mille) / 1000.0
    }

    /// One of `first..=last` days.
    pub(super) fn day(&self, period: NaiveDate, salt: u64, first: u32, last: u32) -> u32 {
        first + (self.unit(period, salt) * f64::from(last - first + 1)) as u32
    }
}

/// The last day of the month that is `months` after the one of `day`.
pub(super) fn month_end(day: NaiveDate, months: u32) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_add_months(Months::new(months + 1)).map_or(day, |next| next - Days::new(1))
}

/// The ends of the months from January of `year` to the one of `to`, ascending.
pub(super) fn months(year: i32, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 31).unwrap_or(to);
    std::iter::successors(Some(first), |day| Some(month_end(*day, 1))).take_while(move |day| *day <= month_end(to, 0))
}

/// A day of the month after a period's.
pub(super) fn next_month(period: NaiveDate, day: u32) -> NaiveDate {
    period + Days::new(u64::from(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_end_on_their_last_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let ends: Vec<String> = months(2024, day("2024-03-05")).map(|end| end.to_string()).collect();
        assert_eq!(ends, ["2024-01-31", "2024-02-29", "2024-03-31"]);
        assert_eq!(month_end(day("2024-12-31"), 1), day("2025-01-31"));
        assert_eq!(next_month(day("2024-12-31"), 9), day("2025-01-09"));
    }

    #[test]
    fn a_figure_stays_what_it_is() {
        let series = Series::new(1, "cpi");
        let period = "2024-03-31".parse().unwrap();
        assert_eq!(series.around(period, 20, 30), Series::new(1, "cpi").around(period, 20, 30));
        assert_ne!(series.unit(period, 0), Series::new(1, "ppi").unit(period, 0));
        assert_ne!(series.unit(period, 0), Series::new(2, "cpi").unit(period, 0));
    }
}
