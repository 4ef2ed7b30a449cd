//! One row of features.

/// The features of one code on one day, from hfq closes. `None` = the window is not full yet (or a close in it was not a
/// positive number).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// Mean of the last 5 closes, hfq yuan.
    pub ma_5: Option<f64>,
    /// Mean of the last 10 closes, hfq yuan.
    pub ma_10: Option<f64>,
    /// Mean of the last 20 closes, hfq yuan.
    pub ma_20: Option<f64>,
    /// Mean of the last 60 closes, hfq yuan.
    pub ma_60: Option<f64>,
    /// Return over the last 5 bars: 0.1 is ten percent.
    pub momentum_5d: Option<f64>,
    /// Return over the last 20 bars.
    pub momentum_20d: Option<f64>,
    /// Sample standard deviation of the last 20 daily returns, not annualised: 0.02 is two percent a day.
    pub volatility_20d: Option<f64>,
}
