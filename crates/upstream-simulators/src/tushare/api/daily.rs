//! `daily`: unadjusted bars. A suspended code has no row; a day that still trades has a partial one.

use chrono::{NaiveDate, NaiveTime};
use market_model::{Code, DailyBar};

use crate::{
    json::Json,
    market::{Listing, PackedBar, scaled},
    tushare::{
        faults::Fault,
        live,
        refusal::Refusal,
        request::Request,
        table::{Column, Row},
        view::View,
    },
};

/// Prices in ticks, volume in shares, amount in yuan: the vendor's units with their decimals (手 2, 千元 3).
pub(super) struct DailyRow {
    code: Code,
    date: NaiveDate,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    pre_close: i64,
    volume: i64,
    amount: i64,
}

impl Row for DailyRow {
    const COLUMNS: &'static [Column] = &[
        ("ts_code", true),
        ("trade_date", true),
        ("open", true),
        ("high", true),
        ("low", true),
        ("close", true),
        ("pre_close", true),
        ("change", true),
        ("pct_chg", true),
        ("vol", true),
        ("amount", true),
        ("ah_vol", false),
        ("ah_amount", false),
    ];

    fn key(&self) -> &str {
        self.code.as_str()
    }

    fn date(&self) -> Option<NaiveDate> {
        Some(self.date)
    }

    fn cell(&self, column: &str, out: &mut Json) {
        let change = self.close - self.pre_close;
        match column {
            "ts_code" => out.text(self.code.as_str()),
            "trade_date" => out.date(self.date),
            "open" => out.fixed(self.open, 2),
            "high" => out.fixed(self.high, 2),
            "low" => out.fixed(self.low, 2),
            "close" => out.fixed(self.close, 2),
            "pre_close" => out.fixed(self.pre_close, 2),
            "change" => out.fixed(change, 2),
            "pct_chg" => out.fixed(scaled(change as f64 / self.pre_close as f64 * 100.0, 4), 4),
            "vol" => out.fixed(self.volume, 2),
            "amount" => out.fixed(self.amount, 3),
            // The after-hours session, not part of the volume; it began on 2026-07-06.
            "ah_vol" => out.optional_fixed(self.has_after_hours().then_some(self.volume / 200), 2),
            "ah_amount" => out.optional_fixed(self.has_after_hours().then(|| self.volume / 200 * self.close / 100), 3),
            _ => out.null(),
        }
    }
}

impl DailyRow {
    fn has_after_hours(&self) -> bool {
        NaiveDate::from_ymd_opt(2026, 7, 6).is_some_and(|first| self.date >= first)
    }

    fn of_bar(code: Code, date: NaiveDate, bar: &PackedBar) -> Self {
        Self {
            code,
            date,
            open: i64::from(bar.open),
            high: i64::from(bar.high),
            low: i64::from(bar.low),
            close: i64::from(bar.close),
            pre_close: i64::from(bar.pre_close),
            volume: bar.volume as i64,
            amount: bar.amount as i64,
        }
    }

    fn of_revision(bar: &DailyBar, before: &PackedBar) -> Self {
        Self {
            code: bar.code,
            date: bar.trade_date,
            open: scaled(bar.open, 2),
            high: scaled(bar.high, 2),
            low: scaled(bar.low, 2),
            close: scaled(bar.close, 2),
            pre_close: bar.pre_close.map_or(i64::from(before.pre_close), |price| scaled(price, 2)),
            volume: bar.volume,
            amount: bar.amount.map_or(0, |amount| scaled(amount, 0)),
        }
    }
}

pub(super) fn rows(view: &View<'_>, request: &Request) -> Result<Vec<DailyRow>, Refusal> {
    request.require_one_of(&["ts_code", "trade_date"])?;
    let selection = view.select(request, view.publication.live, true)?;
    let (day, time) = (view.today(), view.now.time());
    let live = |date: NaiveDate| (date == day && time < view.publication.daily).then_some(time);
    let mut rows: Vec<DailyRow> = Vec::new();
    for listing in &selection.listings {
        let bars = listing.bars_in(selection.sessions.clone());
        rows.extend(bars.iter().rev().filter_map(|bar| row(view, listing, bar, live)));
    }
    // Newest first; codes stay in their order.
    rows.sort_by_key(|row| std::cmp::Reverse(row.date));
    if view.bend.has(&Fault::WrongUnit) {
        for row in &mut rows {
            row.volume *= 100;
            row.amount *= 1000;
        }
    }
    Ok(rows)
}

/// `None` where the vendor withdrew the row.
fn row(
    view: &View<'_>,
    listing: &Listing,
    bar: &PackedBar,
    live: impl Fn(NaiveDate) -> Option<NaiveTime>,
) -> Option<DailyRow> {
    let (code, date) = (listing.id.code, view.market.sessions.date(bar.session));
    if view.bend.is_withdrawn(code, date) {
        return None;
    }
    if let Some(time) = live(date) {
        return Some(DailyRow::of_bar(code, date, &live::partial(*bar, time)));
    }
    match view.bend.revised(code, date) {
        Some(revised) => Some(DailyRow::of_revision(revised, bar)),
        None => Some(DailyRow::of_bar(code, date, bar)),
    }
}
