//! `index_daily`: bars of one index. The close stands before the open.

use chrono::NaiveDate;
use market_model::Code;

use crate::{
    json::Json,
    market::{DayBar, scaled},
    tushare::{
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

pub(super) struct IndexDailyRow {
    code: Code,
    date: NaiveDate,
    bar: DayBar,
}

impl Row for IndexDailyRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("trade_date", true),
        ("close", true),
        ("open", true),
        ("high", true),
        ("low", true),
        ("pre_close", true),
        ("change", true),
        ("pct_chg", true),
        ("vol", true),
        ("amount", true),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn date(&self) -> Option<NaiveDate> {
        Some(self.date)
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let (bar, level) = (&self.bar, |thousandths: u32| i64::from(thousandths));
        let change = level(bar.close) - level(bar.pre_close);
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "trade_date" => out.date(self.date),
            "close" => out.fixed(level(bar.close), 3),
            "open" => out.fixed(level(bar.open), 3),
            "high" => out.fixed(level(bar.high), 3),
            "low" => out.fixed(level(bar.low), 3),
            "pre_close" => out.fixed(level(bar.pre_close), 3),
            "change" => out.fixed(change, 3),
            "pct_chg" => out.fixed(scaled(change as f64 / f64::from(bar.pre_close.max(1)) * 100.0, 4), 4),
            "vol" => out.fixed(bar.volume as i64, 2),
            "amount" => out.fixed(bar.amount as i64, 3),
            _ => out.null(),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<IndexDailyRow>, Refusal> {
    request.require_one_of(&["ts_code"])?;
    let (mut from, mut to) = request.date_range()?;
    if let Some(day) = request.date("trade_date")? {
        (from, to) = (day, day);
    }
    let published = view.published(view.publication.daily);
    let range = view.market.sessions.range(from, to);
    let range = range.start.min(published)..range.end.min(published);
    let code: Option<Code> = request.param("ts_code").and_then(|code| code.parse().ok());
    let Some(index) = code.and_then(|code| view.market.derived_of(&code)).filter(|one| !one.is_fund) else {
        return Ok(Vec::new());
    };
    let bars = index.bars.iter().rev().filter(|bar| range.contains(&usize::from(bar.session)));
    let row =
        |bar: &DayBar| IndexDailyRow { code: index.code, date: view.market.sessions.date(bar.session), bar: *bar };
    Ok(bars.map(row).collect())
}
