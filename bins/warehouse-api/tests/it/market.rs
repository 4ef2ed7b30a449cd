//! A small market, written through the real writer.
//!
//! Four codes, weekdays from September 2025 to April 2026 without National Day, New Year, Spring Festival and Labour Day:
//! - `600519.SH` pays a dividend on [`EX_DATE`] and is suspended on [`SUSPENDED`];
//! - `000001.SZ` and `920799.BJ` (once `430799.BJ`) have nothing special about them;
//! - `300750.SZ` is listed on [`LISTED_LATE`].
//!
//! [`ABSENT`] was never ingested; on [`WITHHELD`] only one code arrived.

use std::path::Path;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use market_model::{
    Board, CalendarDay, Code, DailyBar, DailyBasic, Exchange, Instrument, InstrumentKind, ListStatus, Suspension,
    SuspensionKind,
};
use serde_json::json;
use warehouse::{Batch, Listing, Partition, RawResponse, Sourced, Writer, WriterOptions};

use crate::world;

pub(crate) const MOUTAI: &str = "600519.SH";
pub(crate) const EX_DATE: &str = "2026-03-16";
pub(crate) const SUSPENDED: [&str; 3] = ["2026-01-12", "2026-01-13", "2026-01-14"];
pub(crate) const LISTED_LATE: &str = "2026-03-02";
pub(crate) const ABSENT: &str = "2026-04-15";
pub(crate) const WITHHELD: &str = "2026-04-29";
/// The last day with curated bars.
pub(crate) const LAST: &str = "2026-04-28";
/// The first trading day.
pub(crate) const FIRST: &str = "2025-09-01";

const CODES: [(&str, &str, &str); 4] = [
    (MOUTAI, "贵州茅台", "2001-08-27"),
    ("000001.SZ", "平安银行", "1991-04-03"),
    ("920799.BJ", "艾融软件", "2020-07-27"),
    ("300750.SZ", "宁德时代", LISTED_LATE),
];

/// A day.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// When everything was fetched and published: the evening of the last day, 19:00 in Shanghai.
pub(crate) fn published_at() -> DateTime<Utc> {
    "2026-04-29T11:00:00Z".parse().unwrap()
}

/// The trading days, ascending.
pub(crate) fn trading_days() -> Vec<NaiveDate> {
    calendar().filter(|(_, open)| *open).map(|(date, _)| date).filter(|date| *date <= day(WITHHELD)).collect()
}

/// Every calendar day up to a week past the data, and whether it trades.
fn calendar() -> impl Iterator<Item = (NaiveDate, bool)> {
    let closed = |date: NaiveDate| {
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let spring_festival = day("2026-02-16") <= date && date <= day("2026-02-20");
        let labour_day = day("2026-05-01") <= date && date <= day("2026-05-05");
        let national_day = day("2025-10-01") <= date && date <= day("2025-10-08");
        weekend || national_day || spring_festival || labour_day || date == day("2026-01-01")
    };
    day(FIRST).iter_days().take_while(|date| *date <= day("2026-05-08")).map(move |date| (date, !closed(date)))
}

/// The bar as traded, if there is one. Prices move by cents, in a pattern of their own per code.
pub(crate) fn bar(code: &str, date: NaiveDate) -> Option<DailyBar> {
    let nth = CODES.iter().position(|(known, ..)| *known == code)?;
    if date == day(ABSENT) || (date == day(WITHHELD) && nth > 0) {
        return None;
    }
    traded(nth, date)
}

/// What Tushare would have had on [`ABSENT`], had anybody asked.
pub(crate) fn bars_of_the_absent_day() -> Vec<DailyBar> {
    (0..CODES.len()).filter_map(|nth| traded(nth, day(ABSENT))).collect()
}

fn traded(nth: usize, date: NaiveDate) -> Option<DailyBar> {
    if !is_traded(nth, date) {
        return None;
    }
    let (code, ..) = CODES[nth];
    let close = close(nth, code, date);
    let open = (close * 100.0 - 7.0).round() / 100.0;
    Some(DailyBar {
        code: code.parse().unwrap(),
        trade_date: date,
        open,
        high: (close * 100.0 + 23.0).round() / 100.0,
        low: (open * 100.0 - 11.0).round() / 100.0,
        close,
        pre_close: Some(pre_close(nth, code, date)),
        volume: 1_000_000 + i64::from(date.day()) * 100,
        amount: Some(close * 1_000_000.0),
        adj_factor: None,
    })
}

fn is_traded(nth: usize, date: NaiveDate) -> bool {
    let (code, _, listed) = CODES[nth];
    date >= day(listed) && !(code == MOUTAI && SUSPENDED.map(day).contains(&date))
}

fn close(nth: usize, code: &str, date: NaiveDate) -> f64 {
    let base = [150_000, 1_100, 2_300, 26_000][nth];
    let dividend = if code == MOUTAI && date >= day(EX_DATE) { 30_000 } else { 0 };
    let step = (date.num_days_from_ce() * (7 + nth as i32)) % 97;
    f64::from(base - dividend + step) / 100.0
}

/// The last close before, less the dividend on its ex-date. The day without data had prices, nobody ingested them.
fn pre_close(nth: usize, code: &str, date: NaiveDate) -> f64 {
    let sessions = calendar().filter(|(_, open)| *open).map(|(date, _)| date).take_while(|session| *session < date);
    let previous = sessions.filter(|session| is_traded(nth, *session)).last();
    let Some(previous) = previous else { return close(nth, code, date) };
    let dividend = if code == MOUTAI && date == day(EX_DATE) { 300.0 } else { 0.0 };
    close(nth, code, previous) - dividend
}

/// One batch with everything but the bars.
pub(crate) fn reference() -> Batch {
    let instrument = |(nth, (code, name, listed)): (usize, &(&str, &str, &str))| {
        let code: Code = code.parse().unwrap();
        let instrument = Instrument {
            code,
            kind: InstrumentKind::AShare,
            board: Board::of_code(&code),
            name: (*name).to_owned(),
            listed: Some(day(listed)),
            delisted: None,
            renamed_from: (nth == 2).then(|| "430799.BJ".parse().unwrap()),
        };
        sourced(Listing { instrument, status: ListStatus::Listed }, 0, nth)
    };
    let calendar = calendar().enumerate().map(|(row, (date, is_open))| {
        sourced(CalendarDay { exchange: Exchange::Sse, date, is_open, previous_open: None }, 1, row)
    });
    let suspensions = SUSPENDED.iter().enumerate().map(|(row, date)| {
        let (code, kind) = (MOUTAI.parse().unwrap(), SuspensionKind::Suspended);
        sourced(Suspension { code, trade_date: day(date), kind, timing: None }, 2, row)
    });
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response("stock_basic", "{}"), response("trade_cal", "{}"), response("suspend_d", "{}")],
        instruments: CODES.iter().enumerate().map(instrument).collect(),
        calendar: calendar.collect(),
        suspensions: suspensions.collect(),
        ..Batch::default()
    }
}

/// One batch with the bars of `days`, a response per day as Tushare sends it.
pub(crate) fn bars(days: &[NaiveDate]) -> Batch {
    let mut batch = Batch { source: "tushare".to_owned(), ..Batch::default() };
    for date in days.iter().filter(|date| date.to_string() != ABSENT) {
        let bars: Vec<DailyBar> = CODES.iter().filter_map(|(code, ..)| bar(code, *date)).collect();
        let response = batch.responses.len();
        batch.responses.push(daily_response(*date, &bars));
        for (row, bar) in bars.into_iter().enumerate() {
            let mut basic = basic(bar.code, *date);
            basic.pe_ttm = Some(21.5);
            basic.pb = (bar.code.as_str() == MOUTAI).then_some(7.25);
            batch.basics.push(sourced(basic, response, row));
            batch.daily.push(sourced(bar, response, row));
        }
        batch.partitions.push(Partition { dataset: "daily", source: "tushare".to_owned(), trade_date: *date });
    }
    batch
}

fn daily_response(date: NaiveDate, bars: &[DailyBar]) -> RawResponse {
    // In the vendor's units: lots of 100 shares, thousands of yuan.
    let items: Vec<_> = bars
        .iter()
        .map(|bar| {
            let pre_close = bar.pre_close.unwrap();
            let change = ((bar.close - pre_close) * 100.0).round() / 100.0;
            let percent = (change / pre_close * 1e6).round() / 1e4;
            let (volume, amount) = (bar.volume as f64 / 100.0, bar.amount.unwrap() / 1000.0);
            let date = date.format("%Y%m%d").to_string();
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close];
            json!([bar.code, date, open, high, low, close, pre_close, change, percent, volume, amount])
        })
        .collect();
    let fields = "ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount";
    let data = json!({"fields": fields.split(',').collect::<Vec<_>>(), "items": items, "has_more": false});
    let body = json!({"code": 0, "msg": null, "data": data});
    let params = json!({"trade_date": date.format("%Y%m%d").to_string()});
    let request = json!({"api_name": "daily", "params": params, "fields": fields});
    RawResponse { request: request.to_string(), ..response("daily", &body.to_string()) }
}

fn response(dataset: &str, body: &str) -> RawResponse {
    RawResponse {
        source: "tushare".to_owned(),
        dataset: dataset.to_owned(),
        request: "{}".to_owned(),
        fetched_at: published_at(),
        http_status: 200,
        body: body.as_bytes().to_vec(),
    }
}

fn sourced<T>(value: T, response: usize, row: usize) -> Sourced<T> {
    Sourced { value, response, row: row as u32 }
}

fn basic(code: Code, trade_date: NaiveDate) -> DailyBasic {
    DailyBasic {
        code,
        trade_date,
        turnover_rate: None,
        turnover_rate_free: None,
        volume_ratio: None,
        pe: None,
        pe_ttm: None,
        pb: None,
        ps: None,
        ps_ttm: None,
        dividend_yield: None,
        dividend_yield_ttm: None,
        total_shares: None,
        float_shares: None,
        free_shares: None,
        total_value: None,
        float_value: None,
    }
}

/// A writer below `root`.
pub(crate) fn writer(root: &Path) -> Writer {
    let options = WriterOptions { memory_limit_mb: 256, threads: 1, ..WriterOptions::default() };
    Writer::open(root, options).unwrap()
}

/// Writes the mainland's market below `root`.
pub(crate) fn write(root: &Path) -> Writer {
    let mut writer = writer(root);
    writer.commit(reference(), published_at()).unwrap();
    writer.commit(bars(&trading_days()), published_at()).unwrap();
    writer
}

/// Writes everything below `root` and publishes it.
pub(crate) fn build(root: &Path) {
    let mut writer = write(root);
    world::commit(&mut writer);
    writer.publish(published_at()).unwrap();
}
