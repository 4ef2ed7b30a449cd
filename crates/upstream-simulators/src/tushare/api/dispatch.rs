//! From an api's name to the rows it answers with.

use super::{
    adj_factor, daily, daily_basic, dividend, fina_indicator, income, index_daily, namechange, reports::Reach,
    stk_limit, stock_basic, suspend_d, trade_cal,
};
use crate::tushare::{refusal::Refusal, request::Request, table::Table, view::View};

/// An api the simulator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tushare) enum Api {
    Daily,
    AdjFactor,
    DailyBasic,
    StockBasic,
    TradeCal,
    SuspendD,
    StkLimit,
    Dividend,
    FinaIndicator,
    FinaIndicatorVip,
    Income,
    IncomeVip,
    IndexDaily,
    Namechange,
}

impl Api {
    pub(in crate::tushare) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "daily" => Self::Daily,
            "adj_factor" => Self::AdjFactor,
            "daily_basic" => Self::DailyBasic,
            "stock_basic" => Self::StockBasic,
            "trade_cal" => Self::TradeCal,
            "suspend_d" => Self::SuspendD,
            "stk_limit" => Self::StkLimit,
            "dividend" => Self::Dividend,
            "fina_indicator" => Self::FinaIndicator,
            "fina_indicator_vip" => Self::FinaIndicatorVip,
            "income" => Self::Income,
            "income_vip" => Self::IncomeVip,
            "index_daily" => Self::IndexDaily,
            "namechange" => Self::Namechange,
            _ => return None,
        })
    }

    /// The real one's most rows per answer.
    pub(in crate::tushare) fn row_limit(self) -> usize {
        match self {
            Self::Daily | Self::AdjFactor | Self::DailyBasic | Self::StockBasic => 6_000,
            Self::StkLimit => 5_800,
            Self::SuspendD => 5_000,
            Self::Dividend => 2_000,
            Self::FinaIndicator => 100,
            Self::Income => 500,
            Self::IndexDaily => 8_000,
            Self::Namechange => 10_000,
            // Whole periods: nobody states a limit, and more than this does not come.
            Self::FinaIndicatorVip | Self::IncomeVip => 5_000,
            Self::TradeCal => usize::MAX,
        }
    }

    /// The page of rows that a call asks for.
    pub(in crate::tushare) fn table(
        self,
        view: &View<'_>,
        request: &Request,
        row_limit: usize,
        call_number: usize,
    ) -> Result<Table, Refusal> {
        macro_rules! page {
            ($rows:expr) => {
                Table::page($rows?, request, row_limit, view.bend, call_number)
            };
        }
        match self {
            Self::Daily => page!(daily::rows(view, request)),
            Self::AdjFactor => page!(adj_factor::rows(view, request)),
            Self::DailyBasic => page!(daily_basic::rows(view, request)),
            Self::StockBasic => page!(stock_basic::rows(view, request)),
            Self::TradeCal => page!(trade_cal::rows(view, request)),
            Self::SuspendD => page!(suspend_d::rows(view, request)),
            Self::StkLimit => page!(stk_limit::rows(view, request)),
            Self::Dividend => page!(dividend::rows(view, request)),
            Self::FinaIndicator => page!(fina_indicator::rows(view, request, Reach::OneCompany)),
            Self::FinaIndicatorVip => page!(fina_indicator::rows(view, request, Reach::AllCompanies)),
            Self::Income => page!(income::rows(view, request, Reach::OneCompany)),
            Self::IncomeVip => page!(income::rows(view, request, Reach::AllCompanies)),
            Self::IndexDaily => page!(index_daily::rows(view, request)),
            Self::Namechange => page!(namechange::rows(view, request)),
        }
    }
}
