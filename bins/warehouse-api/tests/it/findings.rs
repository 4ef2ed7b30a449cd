//! A quality log and a quarantine, written through the real writer.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::DailyBar;
use serde_json::{Value, json};
use warehouse::{
    Batch, FindingsRecord, FindingsScope, FoundRow, QuarantineDecision, QuarantineFilter, RawResponse, Reader,
    ReaderOptions, Rejected, Sourced, Writer,
};
use warehouse_api::ServerConfig;

use crate::{
    app::{TestApp, build_once},
    market::{self, MOUTAI, day, published_at},
};

/// A code in the world's numbering: `nth(3)` is 600003.SH.
pub(crate) fn nth(number: usize) -> String {
    format!("6{number:05}.SH")
}

/// A finding of `check` about `code`'s day.
pub(crate) fn found(check: &str, severity: &str, code: Option<&str>, date: Option<&str>) -> FoundRow {
    FoundRow {
        check: check.to_owned(),
        severity: severity.to_owned(),
        code: code.map(str::to_owned),
        trade_date: date.map(day),
        subject: String::new(),
        message: format!("{check} of {}", code.unwrap_or("the day")),
        details: json!({"close": 15.31, "other": 15.35}),
    }
}

/// Records what `checks` found on all days, and closes what they do not find any more.
pub(crate) fn record(writer: &mut Writer, checks: &[&str], findings: Vec<FoundRow>, at: DateTime<Utc>) {
    let record = FindingsRecord {
        check: "check_generation".to_owned(),
        generation: Some(1),
        commit_seq: 1,
        checked_at: at,
        scope: FindingsScope {
            checks: checks.iter().map(|check| (*check).to_owned()).collect(),
            dates: None,
            from_code: None,
            to_code: None,
        },
        last: true,
        findings,
    };
    writer.record_findings(&record, at).unwrap();
}

/// Minutes after the market was published.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    published_at() + TimeDelta::minutes(minutes)
}

/// A server over the log of a small market:
///
/// | found | check | severity | about | |
/// |---|---|---|---|---|
/// | 19:01 | `cross_source` | warning | 600519.SH, 2026-04-28 | |
/// | 19:02 | `price_limit` | error | 000001.SZ, 2026-04-28 | |
/// | 19:03 | `anomaly_large_move` | error | 300750.SZ, 2026-04-27 | closed at 19:05 |
/// | 19:04 | `freshness` | error | a data set | |
///
/// and, older than these, what the writer says of the day that is withheld.
pub(crate) async fn logged() -> TestApp {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    TestApp::over(PUBLISHED.get_or_init(|| build_once("log", write_log))).start().await
}

fn write_log(root: &Path) {
    let mut writer = market::write(root);
    record(
        &mut writer,
        &["cross_source"],
        vec![found("cross_source", "warning", Some(MOUTAI), Some("2026-04-28"))],
        minute(1),
    );
    record(
        &mut writer,
        &["price_limit"],
        vec![found("price_limit", "error", Some("000001.SZ"), Some("2026-04-28"))],
        minute(2),
    );
    let moved = found("anomaly_large_move", "error", Some("300750.SZ"), Some("2026-04-27"));
    record(&mut writer, &["anomaly_large_move"], vec![moved], minute(3));
    record(&mut writer, &["freshness"], vec![found("freshness", "error", None, None)], minute(4));
    record(&mut writer, &["anomaly_large_move"], Vec::new(), minute(5));
    writer.publish(minute(10)).unwrap();
}

/// A server over a small market with two of Tushare's rows in quarantine: a close of zero for 000001.SZ, and one whose code
/// its adapter could not read.
pub(crate) async fn quarantined() -> TestApp {
    quarantined_with(|_| {}).await
}

/// [`quarantined`], configured otherwise.
pub(crate) async fn quarantined_with(change: impl FnOnce(&mut ServerConfig)) -> TestApp {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    TestApp::over(PUBLISHED.get_or_init(|| build_once("quarantine", write_refused))).with(change).start().await
}

/// [`quarantined`] after somebody has discarded both rows for a reason that a page must not believe.
pub(crate) async fn decided() -> TestApp {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    TestApp::over(PUBLISHED.get_or_init(|| build_once("decided", write_decided))).start().await
}

fn write_decided(root: &Path) {
    let mut writer = market::write(root);
    writer.commit(refused(), minute(1)).unwrap();
    writer.publish(minute(2)).unwrap();
    let reader = Reader::open(root.join("published"), ReaderOptions::default()).unwrap();
    let held = reader.current().unwrap().quarantine(&QuarantineFilter::default()).unwrap().rows;
    let ids: Vec<String> = held.into_iter().map(|row| row.id).collect();
    let decision = QuarantineDecision {
        by: "night shift".to_owned(),
        note: "<i>a test row</i> of the vendor's".to_owned(),
        force: false,
        job_id: "discard_quarantine#1".to_owned(),
    };
    writer.discard_quarantine(&ids, &decision, minute(3)).unwrap();
    writer.publish(minute(10)).unwrap();
}

fn write_refused(root: &Path) {
    let mut writer = market::write(root);
    writer.commit(refused(), minute(1)).unwrap();
    writer.publish(minute(10)).unwrap();
}

fn refused() -> Batch {
    let date = day("2026-04-28");
    let bar = market::bar("000001.SZ", date).unwrap();
    let bar = DailyBar { low: 0.0, close: 0.0, ..bar };
    let response = RawResponse {
        source: "tushare".to_owned(),
        dataset: "daily".to_owned(),
        request: json!({"api_name": "daily", "params": {"trade_date": "20260428"}}).to_string(),
        fetched_at: minute(1),
        http_status: 200,
        body: body(date, bar.open).to_string().into_bytes(),
    };
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response],
        daily: vec![Sourced { value: bar, response: 0, row: 1 }],
        rejected: vec![Rejected {
            dataset: "daily".to_owned(),
            response: 0,
            row: 0,
            reason: "the code is not a code".to_owned(),
            value: "ts_code=\"T00018.SH\"".to_owned(),
        }],
        ..Batch::default()
    }
}

fn body(date: NaiveDate, open: f64) -> Value {
    let date = date.format("%Y%m%d").to_string();
    let items = json!([["T00018.SH", date, 1.0, 1.0], ["000001.SZ", date, open, 0.0]]);
    json!({"code": 0, "msg": null, "data": {"fields": ["ts_code", "trade_date", "open", "close"], "items": items}})
}
