//! `income` and `income_vip`: the income statement. A restated one keeps the `ann_date` of the first and has its own day
//! in `f_ann_date`.

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

pub(super) struct IncomeRow {
    code: Code,
    report: Report,
}

impl Row for IncomeRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("ann_date", true),
        ("f_ann_date", true),
        ("end_date", true),
        ("report_type", true),
        ("comp_type", true),
        ("end_type", true),
        ("basic_eps", true),
        ("diluted_eps", true),
        ("total_revenue", true),
        ("revenue", true),
        ("operate_profit", true),
        ("total_profit", true),
        ("n_income", true),
        ("n_income_attr_p", true),
        ("update_flag", true),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let metric = match column {
            "ts_code" => return out.text(self.code.as_str()),
            "ann_date" => return out.date(self.report.first_announced),
            "f_ann_date" => return out.date(self.report.announced),
            "end_date" => return out.date(self.report.period),
            "report_type" | "comp_type" => return out.text("1"),
            "end_type" => return out.text(&(chrono::Datelike::month(&self.report.period) / 3).to_string()),
            "update_flag" => return out.text(if self.report.is_update { "1" } else { "0" }),
            "basic_eps" => Metric::Eps,
            "diluted_eps" => Metric::EpsDiluted,
            "total_revenue" => Metric::TotalRevenue,
            "revenue" => Metric::Revenue,
            "operate_profit" => Metric::OperatingProfit,
            "total_profit" => Metric::TotalProfit,
            "n_income" => Metric::NetProfit,
            "n_income_attr_p" => Metric::NetProfitParent,
            _ => return out.null(),
        };
        match self.report.figure(metric) {
            Some((scaled, decimals)) => out.fixed(scaled, decimals),
            None => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request, reach: Reach) -> Result<Vec<IncomeRow>, Refusal> {
    // Consolidated statements are the only ones here; quarterly and parent ones exist over there.
    if request.param("report_type").is_some_and(|wanted| wanted != "1") {
        return Ok(Vec::new());
    }
    let rows = selected(view, request, reach, |report| report.first_announced)?;
    Ok(rows.into_iter().map(|(code, report)| IncomeRow { code, report }).collect())
}
