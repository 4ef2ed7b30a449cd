//! `daily_basic`: valuation figures of the codes that traded.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    market::Valuation,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct DailyBasicRow {
    code: Code,
    date: NaiveDate,
    /// Ticks.
    close: i64,
    at_limit: i64,
    figures: Valuation,
}

impl Row for DailyBasicRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("trade_date", true),
        ("close", true),
        ("turnover_rate", true),
        ("turnover_rate_f", true),
        ("volume_ratio", true),
        ("pe", true),
        ("pe_ttm", true),
        ("pb", true),
        ("ps", true),
        ("ps_ttm", true),
        ("dv_ratio", true),
        ("dv_ttm", true),
        ("total_share", true),
        ("float_share", true),
        ("free_share", true),
        ("total_mv", true),
        ("circ_mv", true),
        ("limit_status", false),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn date(&self) -> Option<NaiveDate> {
        Some(self.date)
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let figures = &self.figures;
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "trade_date" => out.date(self.date),
            "close" => out.fixed(self.close, 2),
            "turnover_rate" => out.fixed(figures.turnover_rate, 4),
            "turnover_rate_f" => out.fixed(figures.turnover_rate_free, 4),
            "volume_ratio" => out.optional_fixed(figures.volume_ratio, 2),
            "pe" => out.optional_fixed(figures.pe, 4),
            "pe_ttm" => out.optional_fixed(figures.pe_ttm, 4),
            "pb" => out.fixed(figures.pb, 4),
            "ps" => out.fixed(figures.ps, 4),
            "ps_ttm" => out.fixed(figures.ps_ttm, 4),
            "dv_ratio" => out.optional_fixed(figures.dividend_yield, 4),
            "dv_ttm" => out.optional_fixed(figures.dividend_yield_ttm, 4),
            // 万股 and 万元 with four decimals are shares and yuan.
            "total_share" => out.fixed(figures.total_shares, 4),
            "float_share" => out.fixed(figures.float_shares, 4),
            "free_share" => out.fixed(figures.free_shares, 4),
            "total_mv" => out.fixed(figures.total_value, 4),
            "circ_mv" => out.fixed(figures.float_value, 4),
            "limit_status" => out.integer(self.at_limit),
            _ => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<DailyBasicRow>, Refusal> {
    request.require_one_of(&["ts_code", "trade_date"])?;
    let selection = view.select(request, view.publication.daily_basic, false)?;
    let market = view.market;
    let row = |(listing, session): (&crate::market::Listing, u16)| {
        let position = listing.position(session).ok()?;
        let close = listing.bars[position].close;
        let (up, down) = market.limit_ticks(listing, session);
        Some(DailyBasicRow {
            code: listing.id.code,
            date: market.sessions.date(session),
            close: i64::from(close),
            at_limit: i64::from(close == up) - i64::from(close == down),
            figures: Valuation::of(listing, position, &market.sessions, market.seed),
        })
    };
    Ok(selection.listed_days(market).filter_map(row).collect())
}
