//! What is fixed about one series.

/// One series: a column of the table that an akshare function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesSpec {
    /// Our name, for example `china_cpi_yearly`.
    pub name: &'static str,
    /// What it is, in a few English words.
    pub title: &'static str,
    /// The akshare function, for example `macro_china_cpi_yearly`. It takes no arguments.
    pub function: &'static str,
    /// The column of the figure.
    pub column: &'static str,
    /// The unit of the figure: `percent`, `index`, `cny_100m` (100 million yuan), `usd_100m`.
    pub unit: &'static str,
    /// Which period a row is about.
    pub period: PeriodRule,
    /// When a row was published.
    pub publication: PublicationRule,
    /// The column of what was expected, where there is one.
    pub consensus: Option<&'static str>,
    /// The column of the figure before, where there is one.
    pub previous: Option<&'static str>,
}

/// How a row says which period it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodRule {
    /// The table has publication days only. The figure is about the calendar month before the one it was published in:
    /// prices, money, reserves, trade and production come out in the middle of the following month.
    MonthBeforePublication,
    /// The table has publication days only. From the 20th on the figure is about the month it was published in (the
    /// official purchasing managers' indices come out on a month's last day, before the New Year holidays some days
    /// earlier), before it about the month before (they come on the 1st after a holiday, the private ones always then).
    MonthAtItsEnd,
    /// The table has publication days only. The figure is about the calendar quarter before the one it was published
    /// in: the national accounts come out about the 18th of January, April, July and October.
    QuarterBeforePublication,
    /// A column names the month: `2025年10月份`, `201501`.
    Month(&'static str),
    /// A column names the quarters from the beginning of the year: `2025年第1-3季度`. The period ends with the last one.
    Quarter(&'static str),
    /// A column names the day: a daily fixing, or the day a rate takes effect.
    Day(&'static str),
}

/// How a row says when it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationRule {
    /// A column names the day.
    Day(&'static str),
    /// On the day of the period itself: fixings are published in the morning they are for.
    OnThePeriodsDay,
    /// The table does not say, so nobody can tell from it what was known when.
    Unknown,
}

impl SeriesSpec {
    /// The columns without which the series cannot be read.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        let period = match self.period {
            PeriodRule::Month(column) | PeriodRule::Quarter(column) | PeriodRule::Day(column) => Some(column),
            PeriodRule::MonthBeforePublication | PeriodRule::MonthAtItsEnd | PeriodRule::QuarterBeforePublication => {
                None
            }
        };
        let publication = match self.publication {
            PublicationRule::Day(column) => Some(column),
            PublicationRule::OnThePeriodsDay | PublicationRule::Unknown => None,
        };
        [period, publication, Some(self.column), self.consensus, self.previous].into_iter().flatten()
    }
}
