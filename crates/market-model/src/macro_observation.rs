//! One figure of a macroeconomic series.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a source says one period's figure of a series is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MacroObservation {
    /// Our name of the series, for example `china_cpi_yearly`: lower-case letters, digits, `_` and `.`.
    pub series: String,
    /// Last day of the period the figure is about. Never the day it was published.
    pub period: NaiveDate,
    /// The day it was published, where the source says so.
    pub published: Option<NaiveDate>,
    /// The figure in `unit`.
    pub value: f64,
    /// `percent`, `index`, `cny_100m` (100 million yuan), `usd_100m` …
    pub unit: String,
    /// What was expected, where the source says so.
    pub consensus: Option<f64>,
    /// What the source called the previous figure at that time.
    pub previous: Option<f64>,
}
