//! The interfaces this crate calls, and what is fixed about each.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::endpoints;

/// One Tushare interface. Its text is the vendor's `api_name` and the warehouse's raw dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// Unadjusted daily bars.
    Daily,
    /// Cumulative adjustment factors.
    AdjFactor,
    /// Daily valuation figures.
    DailyBasic,
    /// The list of shares, listed and delisted.
    StockBasic,
    /// The trading calendar.
    TradeCal,
    /// Suspensions and resumptions of a day.
    SuspendD,
    /// Price limits of a day.
    StkLimit,
    /// Dividends and bonus issues.
    Dividend,
    /// Figures per share, margins and growth of one company.
    FinaIndicator,
    /// The same of all companies of a period.
    FinaIndicatorVip,
    /// Income statements of one company.
    Income,
    /// The same of all companies of a period.
    IncomeVip,
    /// Bars of one index.
    IndexDaily,
    /// Every name a share has had.
    Namechange,
}

impl Api {
    /// Every interface, in the order of the enum.
    pub const ALL: [Self; 14] = [
        Self::Daily,
        Self::AdjFactor,
        Self::DailyBasic,
        Self::StockBasic,
        Self::TradeCal,
        Self::SuspendD,
        Self::StkLimit,
        Self::Dividend,
        Self::FinaIndicator,
        Self::FinaIndicatorVip,
        Self::Income,
        Self::IncomeVip,
        Self::IndexDaily,
        Self::Namechange,
    ];

    /// The vendor's `api_name`.
    pub fn name(self) -> &'static str {
        self.endpoint().name
    }

    pub(crate) fn endpoint(self) -> &'static Endpoint {
        match self {
            Self::Daily => &endpoints::daily::ENDPOINT,
            Self::AdjFactor => &endpoints::adj_factor::ENDPOINT,
            Self::DailyBasic => &endpoints::daily_basic::ENDPOINT,
            Self::StockBasic => &endpoints::stock_basic::ENDPOINT,
            Self::TradeCal => &endpoints::trade_cal::ENDPOINT,
            Self::SuspendD => &endpoints::suspend_d::ENDPOINT,
            Self::StkLimit => &endpoints::stk_limit::ENDPOINT,
            Self::Dividend => &endpoints::dividend::ENDPOINT,
            Self::FinaIndicator => &endpoints::fina_indicator::ENDPOINT,
            Self::FinaIndicatorVip => &endpoints::fina_indicator::VIP,
            Self::Income => &endpoints::income::ENDPOINT,
            Self::IncomeVip => &endpoints::income::VIP,
            Self::IndexDaily => &endpoints::index_daily::ENDPOINT,
            Self::Namechange => &endpoints::namechange::ENDPOINT,
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is fixed about an interface. Limits are the vendor's published ones; the configuration may override them.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) api: Api,
    pub(crate) name: &'static str,
    /// The columns asked for. Each must be in the answer, or the whole batch is refused.
    pub(crate) fields: &'static [&'static str],
    /// The columns that identify a row.
    pub(crate) key: &'static [&'static str],
    /// The most rows one call returns.
    pub(crate) row_limit: usize,
    pub(crate) calls_per_minute: u32,
}

/// The vendor's usual allowance; `stock_basic` has its own.
pub(crate) const CALLS_PER_MINUTE: u32 = 500;

impl Endpoint {
    /// Position of a column in [`Endpoint::fields`], which is the order of the cells of a row.
    pub(crate) fn position(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| *field == column)
    }
}

/// One question to one interface; paging adds `limit` and `offset`.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) params: Vec<(&'static str, String)>,
}

impl Query {
    pub(crate) fn new<const N: usize>(api: Api, params: [(&'static str, String); N]) -> Self {
        Self { endpoint: api.endpoint(), params: params.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_described_under_its_own_name() {
        for api in Api::ALL {
            assert_eq!(api.endpoint().api, api);
            assert_eq!(serde_json::to_string(&api).unwrap(), format!("\"{api}\""));
            for column in api.endpoint().key {
                assert!(api.endpoint().position(column).is_some(), "{api} does not ask for its key column {column}");
            }
        }
    }
}
