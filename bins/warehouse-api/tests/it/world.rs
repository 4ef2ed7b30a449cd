//! What other vendors than Tushare, and other data than the mainland's bars, add to the market.
//!
//! - `tdx` has the bars of 600519.SH on [`TDX_DAYS`], in one binary page;
//! - `yahoo` has `0700.HK` ([`HK_BARS`], with a dividend on [`HK_EX_DATE`]), `USDCNY.FX` and `GSPC.IDX`, which nobody lists;
//! - 600519.SH reported [`QUARTER`] twice by Tushare's word, and nobody dates what TDX says of it;
//! - `aktools` has consumer prices with a revision, and a rate whose days of publication nobody tells.

use market_model::{
    CorporateAction, DailyBar, FundamentalClaim, Instrument, InstrumentKind, ListStatus, MacroObservation, Metric,
};
use serde_json::json;
use warehouse::{Batch, Listing, RawResponse, Sourced, Writer};

use crate::market::{self, MOUTAI, day, published_at};

pub(crate) const TDX_DAYS: [&str; 2] = ["2026-02-03", "2026-02-04"];
/// The page that TDX sent, as far as anybody here cares.
pub(crate) const TDX_FRAME: &[u8] = b"\xb1\xcb\x74\x00\x0c\x01\x08\x64";
/// The same in base64.
pub(crate) const TDX_FRAME_BASE64: &str = "sct0AAwBCGQ=";
/// Day and close in Hong Kong dollars.
pub(crate) const HK_BARS: [(&str, f64); 4] =
    [("2026-04-17", 500.0), ("2026-04-21", 504.5), ("2026-04-22", 502.25), ("2026-04-23", 499.75)];
pub(crate) const HK_EX_DATE: &str = "2026-04-22";
/// Hong Kong dollars per share.
pub(crate) const HK_DIVIDEND: f64 = 4.5;
pub(crate) const QUARTER: &str = "2025-09-30";

/// Commits all of it.
pub(crate) fn commit(writer: &mut Writer) {
    for batch in [tdx(), yahoo(), tushare_reports(), tdx_reports(), aktools()] {
        writer.commit(batch, published_at()).unwrap();
    }
}

fn tdx() -> Batch {
    let bars = TDX_DAYS.iter().enumerate().map(|(row, date)| {
        let bar = DailyBar { pre_close: None, adj_factor: None, ..market::bar(MOUTAI, day(date)).unwrap() };
        sourced(bar, 0, 798 + row)
    });
    let request = json!({"method": "bars", "market": 1, "code": "600519", "category": 9, "start": 0, "count": 800});
    Batch {
        source: "tdx".to_owned(),
        responses: vec![response("tdx", "bars", &request.to_string(), TDX_FRAME)],
        daily: bars.collect(),
        ..Batch::default()
    }
}

fn yahoo() -> Batch {
    let chart = |symbol: &str, closes: &[(&str, f64)]| {
        let open = |date: &str| day(date).and_hms_opt(1, 30, 0).unwrap().and_utc().timestamp();
        let timestamp: Vec<_> = closes.iter().map(|(date, _)| open(date)).collect();
        let close: Vec<_> = closes.iter().map(|(_, close)| *close).collect();
        let quotes = json!({"quote": [{"close": close}]});
        let result = json!({"meta": {"symbol": symbol}, "timestamp": timestamp, "indicators": quotes});
        json!({"chart": {"result": [result], "error": null}}).to_string()
    };
    let others = [("USDCNY.FX", 7.05), ("GSPC.IDX", 6_800.5)];
    let mut responses =
        vec![response("yahoo", "chart", "{\"symbol\":\"0700.HK\"}", chart("0700.HK", &HK_BARS).as_bytes())];
    let mut daily: Vec<_> = HK_BARS
        .iter()
        .enumerate()
        .map(|(row, (date, close))| sourced(foreign("0700.HK", date, *close, 7_000), 0, row))
        .collect();
    for (code, close) in others {
        daily.push(sourced(foreign(code, "2026-04-20", close, 0), responses.len(), 0));
        responses.push(response("yahoo", "chart", "{}", chart(code, &[("2026-04-20", close)]).as_bytes()));
    }
    let tencent = Instrument {
        code: "0700.HK".parse().unwrap(),
        kind: InstrumentKind::Foreign,
        board: None,
        name: "腾讯控股".to_owned(),
        listed: Some(day("2004-06-16")),
        delisted: None,
        renamed_from: None,
    };
    let dividend = CorporateAction {
        code: tencent.code,
        ex_date: day(HK_EX_DATE),
        announced: None,
        cash_per_10: HK_DIVIDEND * 10.0,
        bonus_per_10: 0.0,
        rights_per_10: 0.0,
        rights_price: 0.0,
    };
    Batch {
        source: "yahoo".to_owned(),
        responses,
        daily,
        instruments: vec![sourced(Listing { instrument: tencent, status: ListStatus::Listed }, 0, 0)],
        actions: vec![sourced(dividend, 0, 0)],
        ..Batch::default()
    }
}

fn foreign(code: &str, date: &str, close: f64, volume: i64) -> DailyBar {
    DailyBar {
        code: code.parse().unwrap(),
        trade_date: day(date),
        open: close,
        high: close,
        low: close,
        close,
        pre_close: None,
        volume,
        amount: None,
        adj_factor: None,
    }
}

fn tushare_reports() -> Batch {
    let claim = |metric, value, announced: &str| claim(MOUTAI, QUARTER, metric, value, Some(announced));
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response("tushare", "fina_indicator", "{}", b"{}")],
        fundamentals: vec![
            sourced(claim(Metric::Eps, 51.53, "2025-10-30"), 0, 0),
            sourced(claim(Metric::Eps, 51.5, "2026-03-28"), 0, 1),
            sourced(claim(Metric::NetProfitParent, 64_626_746_712.0, "2025-10-30"), 0, 0),
        ],
        ..Batch::default()
    }
}

fn tdx_reports() -> Batch {
    Batch {
        source: "tdx".to_owned(),
        responses: vec![response("tdx", "finance", "{}", TDX_FRAME)],
        fundamentals: vec![
            sourced(claim(MOUTAI, QUARTER, Metric::TotalShares, 1_252_270_215.0, None), 0, 0),
            sourced(claim("000001.SZ", QUARTER, Metric::TotalShares, 19_405_918_198.0, None), 0, 0),
        ],
        ..Batch::default()
    }
}

fn claim(code: &str, period: &str, metric: Metric, value: f64, announced: Option<&str>) -> FundamentalClaim {
    FundamentalClaim { code: code.parse().unwrap(), period: day(period), metric, value, announced: announced.map(day) }
}

fn aktools() -> Batch {
    let figure = |series: &str, period: &str, published: Option<&str>, value: f64, consensus: Option<f64>| {
        let observation = MacroObservation {
            series: series.to_owned(),
            period: day(period),
            published: published.map(day),
            value,
            unit: "percent".to_owned(),
            consensus,
            previous: None,
        };
        sourced(observation, 0, 0)
    };
    Batch {
        source: "aktools".to_owned(),
        responses: vec![response("aktools", "macro_china_cpi_yearly", "{}", b"[]")],
        macros: vec![
            figure("china_cpi_yearly", "2026-01-31", Some("2026-02-11"), 0.2, Some(0.1)),
            figure("china_cpi_yearly", "2026-02-28", Some("2026-03-09"), 1.3, Some(0.8)),
            figure("china_cpi_yearly", "2026-02-28", Some("2026-04-10"), 1.2, None),
            figure("lpr_1y", "2026-03-20", None, 3.0, None),
        ],
        ..Batch::default()
    }
}

fn response(source: &str, dataset: &str, request: &str, body: &[u8]) -> RawResponse {
    RawResponse {
        source: source.to_owned(),
        dataset: dataset.to_owned(),
        request: request.to_owned(),
        fetched_at: published_at(),
        http_status: 200,
        body: body.to_vec(),
    }
}

fn sourced<T>(value: T, response: usize, row: usize) -> Sourced<T> {
    Sourced { value, response, row: row as u32 }
}
