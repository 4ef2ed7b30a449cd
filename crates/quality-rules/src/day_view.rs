//! The judged days of a code, one after the other, each with what the rules look at.

use chrono::NaiveDate;

use crate::{BarRow, CuratedBar, DayLimit, Days, History};

/// A judged day of a code on which it has a row or a served bar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayView<'a> {
    /// The day.
    pub(crate) date: NaiveDate,
    /// Every source's rows of it.
    pub(crate) rows: &'a [BarRow],
    /// The bar that is served.
    pub(crate) served: Option<&'a CuratedBar>,
    /// All that are served: more than one is an error of its own.
    pub(crate) bars: &'a [CuratedBar],
    /// The last bar that is served of an earlier day.
    pub(crate) before: Option<&'a CuratedBar>,
}

impl<'a> DayView<'a> {
    /// The row behind the served bar.
    pub(crate) fn served_row(&self) -> Option<&'a BarRow> {
        let source = self.served?.source;
        self.rows.iter().find(|row| row.source == source)
    }

    /// Every row, and the served bar where no row of its source says the same: then it is judged by itself.
    pub(crate) fn quotes(&self) -> impl Iterator<Item = Quote<'a>> {
        let unbacked = self.served.filter(|bar| !self.served_row().is_some_and(|row| says_the_same(row, bar)));
        self.rows.iter().map(Quote::Row).chain(unbacked.map(Quote::Served))
    }
}

/// What somebody says of a day.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Quote<'a> {
    /// A source's row.
    Row(&'a BarRow),
    /// A served bar that no row backs.
    Served(&'a CuratedBar),
}

impl Quote<'_> {
    /// Open, high, low, close.
    pub(crate) fn prices(&self) -> [f64; 4] {
        match self {
            Self::Row(row) => [row.open, row.high, row.low, row.close],
            Self::Served(bar) => [bar.open, bar.high, bar.low, bar.close],
        }
    }

    pub(crate) fn volume(&self) -> i64 {
        match self {
            Self::Row(row) => row.volume,
            Self::Served(bar) => bar.volume,
        }
    }

    /// NaN where there is none.
    pub(crate) fn amount(&self) -> f64 {
        match self {
            Self::Row(row) => row.amount,
            Self::Served(bar) => bar.amount,
        }
    }
}

/// Equal but for what the way from adjusted to raw prices leaves.
fn says_the_same(row: &BarRow, bar: &CuratedBar) -> bool {
    let same =
        |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs() || a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    row.volume == bar.volume
        && same(row.open, bar.open)
        && same(row.high, bar.high)
        && same(row.low, bar.low)
        && same(row.close, bar.close)
}

impl<'a> History<'a> {
    /// The days to judge, ascending: those of `days` on which there is a row or a served bar.
    pub(crate) fn judged(&self, days: Days<'a>) -> Judged<'a> {
        Judged { rows: self.rows, curated: self.curated, before: None, days }
    }

    /// The rows of one day.
    pub(crate) fn rows_of(&self, date: NaiveDate) -> &'a [BarRow] {
        let rows = &self.rows[self.rows.partition_point(|row| row.date < date)..];
        &rows[..rows.partition_point(|row| row.date == date)]
    }

    /// The limits published for one day.
    pub(crate) fn limits_of(&self, date: NaiveDate) -> &'a [DayLimit] {
        let limits = &self.limits[self.limits.partition_point(|limit| limit.date < date)..];
        &limits[..limits.partition_point(|limit| limit.date == date)]
    }

    /// The row behind a served bar.
    pub(crate) fn row_behind(&self, bar: &CuratedBar) -> Option<&'a BarRow> {
        self.rows_of(bar.date).iter().find(|row| row.source == bar.source)
    }
}

/// See [`History::judged`].
#[derive(Debug, Clone)]
pub(crate) struct Judged<'a> {
    /// From the next day on.
    rows: &'a [BarRow],
    curated: &'a [CuratedBar],
    before: Option<&'a CuratedBar>,
    days: Days<'a>,
}

impl<'a> Judged<'a> {
    fn take(&mut self, date: NaiveDate) -> Option<DayView<'a>> {
        let (rows, later) = split_while(self.rows, |row| row.date == date);
        let (curated, later_curated) = split_while(self.curated, |bar| bar.date == date);
        let view = DayView { date, rows, served: curated.first(), bars: curated, before: self.before };
        (self.rows, self.curated) = (later, later_curated);
        self.before = curated.last().or(self.before);
        (!rows.is_empty() || !curated.is_empty()).then_some(view)
    }

    fn skip_to(&mut self, date: NaiveDate) {
        self.rows = skip_while(self.rows, |row| row.date < date).1;
        let (earlier, curated) = skip_while(self.curated, |bar| bar.date < date);
        self.curated = curated;
        self.before = earlier.last().or(self.before);
    }
}

impl<'a> Iterator for Judged<'a> {
    type Item = DayView<'a>;

    fn next(&mut self) -> Option<DayView<'a>> {
        let Days::Only(mut days) = self.days else {
            let dates = [self.rows.first().map(|row| row.date), self.curated.first().map(|bar| bar.date)];
            return self.take(dates.into_iter().flatten().min()?);
        };
        while let Some((date, later)) = days.split_first() {
            days = later;
            self.days = Days::Only(days);
            self.skip_to(*date);
            if let Some(view) = self.take(*date) {
                return Some(view);
            }
        }
        None
    }
}

/// Splits sorted items after the first of them. It looks at a few before it searches: who walks day by day is there
/// already.
pub(crate) fn skip_while<T>(items: &[T], is_skipped: impl Fn(&T) -> bool) -> (&[T], &[T]) {
    const NEAR: usize = 4;
    let near = items.iter().take(NEAR).position(|item| !is_skipped(item));
    items.split_at(near.unwrap_or_else(|| items.partition_point(is_skipped)))
}

/// A linear split: a day has a handful of rows.
fn split_while<T>(items: &[T], is_first: impl Fn(&T) -> bool) -> (&[T], &[T]) {
    items.split_at(items.iter().position(|item| !is_first(item)).unwrap_or(items.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Sample;

    /// The day of the month, the number of rows, and the days of the served bar and of the one before.
    fn seen(sample: &Sample, days: Days<'_>) -> Vec<(u32, usize, Option<u32>, Option<u32>)> {
        use chrono::Datelike as _;
        let day = |bar: Option<&CuratedBar>| bar.map(|bar| bar.date.day());
        let view = |view: DayView<'_>| (view.date.day(), view.rows.len(), day(view.served), day(view.before));
        sample.history().judged(days).map(view).collect()
    }

    #[test]
    fn some_days_are_seen_as_among_all() {
        let mut sample = Sample::parse(
            "day         source   close
             2024-01-02  tushare  10.00
             2024-01-02  tdx      10.00
             2024-01-03  tushare  10.10
             2024-01-05  tdx      10.20
             2024-01-08  tushare  10.30",
        );
        // The fifth has a row and no served bar, the ninth a bar and no row.
        sample.curated.retain(|bar| bar.date.to_string() != "2024-01-05");
        sample.curated.push(CuratedBar { date: "2024-01-09".parse().unwrap(), ..sample.curated[0] });
        let all = seen(&sample, Days::All);
        let expected = [
            (2, 2, Some(2), None),
            (3, 1, Some(3), Some(2)),
            (5, 1, None, Some(3)),
            (8, 1, Some(8), Some(3)),
            (9, 0, Some(9), Some(8)),
        ];
        assert_eq!(all, expected);
        let days = ["2023-12-29", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-09"].map(|d| d.parse().unwrap());
        assert_eq!(seen(&sample, Days::Only(&days)), [all[1], all[2], all[4]]);
    }

    #[test]
    fn a_served_bar_is_judged_by_itself_only_where_no_row_says_the_same() {
        let mut sample = Sample::parse("day  close\n2024-01-02  10.00");
        let unbacked = |sample: &Sample| {
            let day = sample.history().judged(Days::All).next().unwrap();
            day.quotes().any(|quote| matches!(quote, Quote::Served(_)))
        };
        assert!(!unbacked(&sample));
        sample.curated[0].close = 10.000_000_001;
        assert!(!unbacked(&sample), "what a division leaves");
        sample.curated[0].close = 10.01;
        assert!(unbacked(&sample));
        for (row, served, expected) in [(1_000.0, 1_000.000_5, false), (0.5, 0.500_001_5, true)] {
            (sample.rows[0].close, sample.curated[0].close) = (row, served);
            assert_eq!(unbacked(&sample), expected, "{row} {served}");
        }
        sample.curated[0].close = f64::NAN;
        assert!(unbacked(&sample));
        sample.rows.clear();
        assert!(unbacked(&sample));
    }
}
