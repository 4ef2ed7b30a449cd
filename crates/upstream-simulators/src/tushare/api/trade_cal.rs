//! `trade_cal`: the trading calendar, newest day first. The mainland exchanges share it.

use chrono::NaiveDate;

use crate::{
    json::Json,
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct TradeCalRow {
    exchange: &'static str,
    date: NaiveDate,
    is_open: bool,
    previous_open: Option<NaiveDate>,
}

impl Row for TradeCalRow {
    const COLUMNS: &'static [Column] =
        &[("exchange", true), ("cal_date", true), ("is_open", true), ("pretrade_date", true)];

    fn key(&self) -> &str {
        self.exchange
    }

    fn cell(&self, column: &str, out: &mut Json) {
        match column {
            "exchange" => out.text(self.exchange),
            "cal_date" => out.date(self.date),
            "is_open" => out.integer(i64::from(self.is_open)),
            "pretrade_date" => out.optional_date(self.previous_open),
            _ => out.null(),
        }
    }
}

const EXCHANGES: [&str; 3] = ["SSE", "SZSE", "BSE"];

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<TradeCalRow>, Refusal> {
    let (from, to) = request.date_range()?;
    let wanted = request.param("exchange").unwrap_or("SSE");
    let open = request.param("is_open").map(|text| text == "1");
    let Some(exchange) = EXCHANGES.into_iter().find(|name| *name == wanted) else { return Ok(Vec::new()) };
    let mut previous_open = view.market.sessions.open_before_calendar();
    let mut rows = Vec::new();
    for (date, is_open) in view.market.sessions.calendar_days() {
        if (from..=to).contains(&date) && open.is_none_or(|open| open == is_open) {
            rows.push(TradeCalRow { exchange, date, is_open, previous_open });
        }
        if is_open {
            previous_open = Some(date);
        }
    }
    rows.reverse();
    Ok(rows)
}
