//! `stk_limit`: the day's price limits of every listed code, suspended or not; sentinels on days without limit.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

/// Prices in ticks.
pub(super) struct StkLimitRow {
    code: Code,
    date: NaiveDate,
    pre_close: u32,
    up: u32,
    down: u32,
}

impl Row for StkLimitRow {
    const COLUMNS: &'static [Column] =
        &[("trade_date", true), ("ts_code", true), ("pre_close", false), ("up_limit", true), ("down_limit", true)];

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
            "pre_close" => out.fixed(i64::from(self.pre_close), 2),
            "up_limit" => out.fixed(i64::from(self.up), 2),
            "down_limit" => out.fixed(i64::from(self.down), 2),
            _ => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<StkLimitRow>, Refusal> {
    let selection = view.select(request, view.publication.stk_limit, false)?;
    let row = |(listing, session): (&crate::market::Listing, u16)| {
        let (up, down) = view.market.limit_ticks(listing, session);
        let date = view.market.sessions.date(session);
        StkLimitRow { code: listing.id.code, date, pre_close: listing.reference(session), up, down }
    };
    Ok(selection.listed_days(view.market).map(row).collect())
}
