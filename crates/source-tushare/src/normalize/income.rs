//! `income` → [`FundamentalClaim`](market_model::FundamentalClaim)s, yuan. Earnings per share come from `fina_indicator`.

use market_model::Metric;

use super::{
    BadCell, RowReader,
    claims::{Report, ReportScope},
};

const METRICS: &[(&str, Metric)] = &[
    ("total_revenue", Metric::TotalRevenue),
    ("revenue", Metric::Revenue),
    ("operate_profit", Metric::OperatingProfit),
    ("total_profit", Metric::TotalProfit),
    ("n_income", Metric::NetProfit),
    ("n_income_attr_p", Metric::NetProfitParent),
];

/// A restated statement keeps the `ann_date` of the first: the day on which it became known itself is `f_ann_date`.
pub(crate) fn statement(row: &RowReader<'_>, scope: &ReportScope) -> Result<Report, BadCell> {
    if row.number("report_type")? != 1.0 {
        return Err(row.bad("report_type", "was not asked for: 1 was"));
    }
    let announced = match row.optional_date("f_ann_date")? {
        Some(day) => Some(day),
        None => row.optional_date("ann_date")?,
    };
    scope.report(row, announced, METRICS)
}
