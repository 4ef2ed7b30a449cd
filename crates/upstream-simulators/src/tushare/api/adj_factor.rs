//! `adj_factor`: cumulative factors, with rows on the days of a suspension too.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    market::scaled,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct AdjFactorRow {
    code: Code,
    date: NaiveDate,
    /// In ten-thousandths.
    factor: i64,
}

impl Row for AdjFactorRow {
    const COLUMNS: &'static [Column] = &[("ts_code", true), ("trade_date", true), ("adj_factor", true)];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn date(&self) -> Option<NaiveDate> {
        Some(self.date)
    }

    fn cell(&self, column: &str, out: &mut Json) {
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "trade_date" => out.date(self.date),
            "adj_factor" => out.fixed(self.factor, 4),
            _ => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<AdjFactorRow>, Refusal> {
    request.require_one_of(&["ts_code", "trade_date"])?;
    let selection = view.select(request, view.publication.adj_factor, false)?;
    let row = |(listing, session): (&crate::market::Listing, u16)| {
        let (code, date) = (listing.id.code, view.market.sessions.date(session));
        let revised = view.bend.revised(code, date).and_then(|bar| bar.adj_factor);
        let factor = revised.map_or_else(|| listing.published_factor(session), |factor| scaled(factor, 4));
        AdjFactorRow { code, date, factor }
    };
    Ok(selection.listed_days(view.market).map(row).collect())
}
