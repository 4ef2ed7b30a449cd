//! `stock_zh_a_hist`: unadjusted daily bars of one share, oldest first; 手 and yuan. The running day has a live bar.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};

use super::Desk;
use crate::{
    aktools::{
        refusal::Refusal,
        sheet::{Sheet, SheetRow, Value},
    },
    market::{Listing, PackedBar, scaled},
    tushare::partial_bar,
};

pub(super) const NAME: &str = "stock_zh_a_hist";

const COLUMNS: [&str; 12] =
    ["日期", "股票代码", "开盘", "收盘", "最高", "最低", "成交量", "成交额", "振幅", "涨跌幅", "涨跌额", "换手率"];

pub(super) fn sheet(desk: &Desk<'_>, params: &BTreeMap<String, String>) -> Result<Sheet, Refusal> {
    const KNOWN: [&str; 6] = ["symbol", "period", "start_date", "end_date", "adjust", "timeout"];
    if params.keys().any(|name| !KNOWN.contains(&name.as_str())) {
        return Err(Refusal::Exception);
    }
    let text = |name: &str, default: &'static str| params.get(name).map_or(default, String::as_str);
    // Weekly, monthly and adjusted bars exist over there, and nobody here asks for them.
    if text("period", "daily") != "daily" || !text("adjust", "").is_empty() {
        return Err(Refusal::Key(text("period", "daily").to_owned()));
    }
    let day = |name: &str, default: &'static str| {
        NaiveDate::parse_from_str(text(name, default), "%Y%m%d").map_err(|_| Refusal::Exception)
    };
    let (from, to) = (day("start_date", "19700101")?, day("end_date", "20500101")?);
    let symbol = text("symbol", "000001");
    let listing = desk.market.listings.iter().find(|listing| listing.id.code.symbol() == symbol);
    let listing = listing.ok_or_else(|| Refusal::Key(symbol.to_owned()))?;
    let sessions = &desk.market.sessions;
    let published = sessions.days().partition_point(|day| desk.is_out(*day, 9, 30));
    let range = sessions.range(from, to);
    let bars = listing.bars_in(range.start.min(published)..range.end.min(published));
    let row = |bar: &PackedBar| {
        let date = sessions.date(bar.session);
        let closed = NaiveTime::from_hms_opt(15, 0, 0).is_some_and(|close| date.and_time(close) <= desk.now);
        let bar = if closed { *bar } else { partial_bar(*bar, desk.now.time()) };
        SheetRow { period: date, published: None, cells: cells(listing, &bar, date) }
    };
    Ok(Sheet { columns: COLUMNS.to_vec(), rows: bars.iter().map(row).collect(), context: Vec::new() })
}

fn cells(listing: &Listing, bar: &PackedBar, date: NaiveDate) -> Vec<Value> {
    let price = |ticks: u32| Value::Number(i64::from(ticks), 2);
    let change = i64::from(bar.close) - i64::from(bar.pre_close);
    let percent = |part: f64, of: f64| Value::Number(scaled(part / of * 100.0, 2), 2);
    let shares = listing.share_count(bar.session).float;
    vec![
        Value::Day(date),
        Value::Text(listing.id.code.symbol().to_owned()),
        price(bar.open),
        price(bar.close),
        price(bar.high),
        price(bar.low),
        Value::Integer((bar.volume / 100) as i64),
        Value::Number(bar.amount as i64 * 100, 2),
        percent(f64::from(bar.high) - f64::from(bar.low), f64::from(bar.pre_close)),
        percent(change as f64, f64::from(bar.pre_close)),
        Value::Number(change, 2),
        percent(bar.volume as f64, shares as f64),
    ]
}
