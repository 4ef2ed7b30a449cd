//! What can be asked for.

use std::fmt;

/// A function of the API. Also the dataset of its raw pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// Daily bars as traded.
    TimeSeriesDaily,
    /// The same with dividends and splits; paid accounts only.
    TimeSeriesDailyAdjusted,
    /// Daily rates of a currency pair.
    FxDaily,
}

impl Function {
    const ALL: [Self; 3] = [Self::TimeSeriesDaily, Self::TimeSeriesDailyAdjusted, Self::FxDaily];

    /// The function of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Its name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimeSeriesDaily => "TIME_SERIES_DAILY",
            Self::TimeSeriesDailyAdjusted => "TIME_SERIES_DAILY_ADJUSTED",
            Self::FxDaily => "FX_DAILY",
        }
    }

    /// The key of the series in its answer.
    pub(crate) const fn series_key(self) -> &'static str {
        match self {
            Self::TimeSeriesDaily | Self::TimeSeriesDailyAdjusted => "Time Series (Daily)",
            Self::FxDaily => "Time Series FX (Daily)",
        }
    }

    /// Whose name the raw pages carry: `daily`, `daily_adjusted`, `fx_daily`.
    pub const fn dataset(self) -> &'static str {
        match self {
            Self::TimeSeriesDaily => "daily",
            Self::TimeSeriesDailyAdjusted => "daily_adjusted",
            Self::FxDaily => "fx_daily",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputSize {
    /// The last 100 rows.
    Compact,
    /// Everything; paid accounts only for most functions.
    Full,
}

impl OutputSize {
    /// The size of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Compact, Self::Full].into_iter().find(|size| size.name() == name)
    }

    /// Its name in requests.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Full => "full",
        }
    }
}
