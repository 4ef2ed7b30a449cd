//! `fina_indicator` → [`FundamentalClaim`](market_model::FundamentalClaim)s. Per-share figures are yuan, rates percent.

use market_model::Metric;

use super::{
    BadCell, RowReader,
    claims::{Report, ReportScope},
};

const METRICS: &[(&str, Metric)] = &[
    ("eps", Metric::Eps),
    ("dt_eps", Metric::EpsDiluted),
    ("bps", Metric::BookValuePerShare),
    ("ocfps", Metric::OperatingCashFlowPerShare),
    ("revenue_ps", Metric::RevenuePerShare),
    ("capital_rese_ps", Metric::CapitalReservePerShare),
    ("grossprofit_margin", Metric::GrossMargin),
    ("netprofit_margin", Metric::NetMargin),
    ("roe", Metric::ReturnOnEquity),
    ("roe_waa", Metric::ReturnOnEquityWeighted),
    ("roe_dt", Metric::ReturnOnEquityDeducted),
    ("roa", Metric::ReturnOnAssets),
    ("debt_to_assets", Metric::DebtToAssets),
    ("current_ratio", Metric::CurrentRatio),
    ("or_yoy", Metric::RevenueGrowth),
    ("netprofit_yoy", Metric::NetProfitGrowth),
];

pub(crate) fn report(row: &RowReader<'_>, scope: &ReportScope) -> Result<Report, BadCell> {
    scope.report(row, row.optional_date("ann_date")?, METRICS)
}
