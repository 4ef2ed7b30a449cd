//! `fina_indicator` and `fina_indicator_vip`: figures per share, margins and growth, one row per version of a report.

use market_model::{Code, Metric};

use super::reports::{Reach, selected};
use crate::{
    json::Json,
    market::Report,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct FinaIndicatorRow {
    code: Code,
    report: Report,
}

impl Row for FinaIndicatorRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("ann_date", true),
        ("end_date", true),
        ("eps", true),
        ("dt_eps", true),
        ("total_revenue_ps", true),
        ("revenue_ps", true),
        ("capital_rese_ps", true),
        ("current_ratio", true),
        ("bps", true),
        ("ocfps", true),
        ("netprofit_margin", true),
        ("grossprofit_margin", true),
        ("roe", true),
        ("roe_waa", true),
        ("roe_dt", true),
        ("roa", true),
        ("debt_to_assets", true),
        ("netprofit_yoy", true),
        ("or_yoy", true),
        ("update_flag", false),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let metric = match column {
            "ts_code" => return out.text(self.code.as_str()),
            "ann_date" => return out.date(self.report.announced),
            "end_date" => return out.date(self.report.period),
            "update_flag" => return out.text(if self.report.is_update { "1" } else { "0" }),
            "eps" => Metric::Eps,
            "dt_eps" => Metric::EpsDiluted,
            "total_revenue_ps" | "revenue_ps" => Metric::RevenuePerShare,
            "capital_rese_ps" => Metric::CapitalReservePerShare,
            "current_ratio" => Metric::CurrentRatio,
            "bps" => Metric::BookValuePerShare,
            "ocfps" => Metric::OperatingCashFlowPerShare,
            "netprofit_margin" => Metric::NetMargin,
            "grossprofit_margin" => Metric::GrossMargin,
            "roe" => Metric::ReturnOnEquity,
            "roe_waa" => Metric::ReturnOnEquityWeighted,
            "roe_dt" => Metric::ReturnOnEquityDeducted,
            "roa" => Metric::ReturnOnAssets,
            "debt_to_assets" => Metric::DebtToAssets,
            "netprofit_yoy" => Metric::NetProfitGrowth,
            "or_yoy" => Metric::RevenueGrowth,
            _ => return out.null(),
        };
        match self.report.figure(metric) {
            Some((scaled, decimals)) => out.fixed(scaled, decimals),
            None => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request, reach: Reach) -> Result<Vec<FinaIndicatorRow>, Refusal> {
    let rows = selected(view, request, reach, |report| report.announced)?;
    Ok(rows.into_iter().map(|(code, report)| FinaIndicatorRow { code, report }).collect())
}
