//! Figures from companies' reports, one claim per source, period and metric.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Code;

/// What a source says one figure of one report is. Sources may disagree and companies restate: claims stand side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FundamentalClaim {
    /// The company's share.
    pub code: Code,
    /// Last day of the reporting period: a quarter's end.
    pub period: NaiveDate,
    /// Which figure.
    pub metric: Metric,
    /// Its value in [`Metric::unit`].
    pub value: f64,
    /// When it was published, where the source says so: before that day nobody could know it.
    pub announced: Option<NaiveDate>,
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    /// Yuan.
    Yuan,
    /// Yuan per share.
    YuanPerShare,
    /// Percent: 12.5 means 12.5 %.
    Percent,
    /// Shares.
    Shares,
    /// A plain count.
    Count,
    /// A pure number.
    Ratio,
}

impl MetricUnit {
    /// The text in the warehouse and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yuan => "yuan",
            Self::YuanPerShare => "yuan_per_share",
            Self::Percent => "percent",
            Self::Shares => "shares",
            Self::Count => "count",
            Self::Ratio => "ratio",
        }
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $unit:ident;)*) => {
        /// The figures that are kept, under our names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Metric {
            $($(#[$doc])* $variant,)*
        }

        impl Metric {
            /// Every metric, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The text in the warehouse and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The unit of its values.
            pub const fn unit(self) -> MetricUnit {
                match self { $(Self::$variant => MetricUnit::$unit,)* }
            }
        }
    };
}

metrics! {
    /// Earnings per share, basic.
    Eps = "eps", YuanPerShare;
    /// Earnings per share, diluted.
    EpsDiluted = "eps_diluted", YuanPerShare;
    /// Net assets per share.
    BookValuePerShare = "book_value_per_share", YuanPerShare;
    /// Operating cash flow per share.
    OperatingCashFlowPerShare = "operating_cash_flow_per_share", YuanPerShare;
    /// Revenue per share.
    RevenuePerShare = "revenue_per_share", YuanPerShare;
    /// Capital reserve per share.
    CapitalReservePerShare = "capital_reserve_per_share", YuanPerShare;
    /// Gross margin.
    GrossMargin = "gross_margin", Percent;
    /// Net margin.
    NetMargin = "net_margin", Percent;
    /// Return on equity.
    ReturnOnEquity = "return_on_equity", Percent;
    /// Return on equity, weighted.
    ReturnOnEquityWeighted = "return_on_equity_weighted", Percent;
    /// Return on equity without extraordinary items.
    ReturnOnEquityDeducted = "return_on_equity_deducted", Percent;
    /// Return on assets.
    ReturnOnAssets = "return_on_assets", Percent;
    /// Debt over assets.
    DebtToAssets = "debt_to_assets", Percent;
    /// Current assets over current liabilities.
    CurrentRatio = "current_ratio", Ratio;
    /// Growth of operating revenue over a year.
    RevenueGrowth = "revenue_growth", Percent;
    /// Growth of net profit over a year.
    NetProfitGrowth = "net_profit_growth", Percent;
    /// Total revenue of the period.
    TotalRevenue = "total_revenue", Yuan;
    /// Operating revenue of the period.
    Revenue = "revenue", Yuan;
    /// Operating profit of the period.
    OperatingProfit = "operating_profit", Yuan;
    /// Profit before tax of the period.
    TotalProfit = "total_profit", Yuan;
    /// Net profit of the period, minority interests included.
    NetProfit = "net_profit", Yuan;
    /// Net profit attributable to the parent's shareholders.
    NetProfitParent = "net_profit_parent", Yuan;
    /// Total assets at the period's end.
    TotalAssets = "total_assets", Yuan;
    /// Current assets at the period's end.
    CurrentAssets = "current_assets", Yuan;
    /// Current liabilities at the period's end.
    CurrentLiabilities = "current_liabilities", Yuan;
    /// Net assets at the period's end.
    NetAssets = "net_assets", Yuan;
    /// Operating cash flow of the period.
    OperatingCashFlow = "operating_cash_flow", Yuan;
    /// Undistributed profit at the period's end.
    UndistributedProfit = "undistributed_profit", Yuan;
    /// Shares in issue.
    TotalShares = "total_shares", Shares;
    /// Shares that may be traded.
    FloatShares = "float_shares", Shares;
    /// Shareholders.
    Shareholders = "shareholders", Count;
    /// Price over last year's earnings, at the last close of the period.
    PriceEarnings = "pe", Ratio;
    /// Price over trailing earnings, at the last close of the period.
    PriceEarningsTtm = "pe_ttm", Ratio;
    /// Price over book value, at the last close of the period.
    PriceBook = "pb", Ratio;
    /// Price over sales, trailing twelve months, at the last close of the period.
    PriceSalesTtm = "ps_ttm", Ratio;
    /// Dividend yield, trailing twelve months, at the last close of the period.
    DividendYieldTtm = "dividend_yield_ttm", Percent;
    /// Market value of all shares, at the last close of the period.
    TotalMarketValue = "total_market_value", Yuan;
    /// Market value of the float, at the last close of the period.
    FloatMarketValue = "float_market_value", Yuan;
}

impl Metric {
    /// The inverse of [`Metric::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_one_text() {
        for metric in Metric::ALL {
            assert_eq!(Metric::parse(metric.as_str()), Some(*metric));
            assert!(!metric.unit().as_str().is_empty());
        }
        assert_eq!(Metric::parse("happiness"), None);
    }
}
