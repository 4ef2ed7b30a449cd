//! A client for tests and bodies to answer it with.

use std::{
    sync::{Arc, Once},
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use source_tushare::{Client, ClientConfig, Clock, Secret};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

pub(crate) const TOKEN: &str = "0123456789abcdef";

/// In the evening of 2018-07-18 in Shanghai.
pub(crate) const EVENING: &str = "2018-07-18T10:30:00Z";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date YYYY-MM-DD")
}

pub(crate) fn config(base_url: &str) -> ClientConfig {
    ClientConfig {
        base_url: base_url.to_owned(),
        backoff_base: Duration::from_millis(1),
        backoff_cap: Duration::from_millis(2),
        max_attempts: 3,
        ..ClientConfig::new(Secret::new(TOKEN))
    }
}

pub(crate) fn client(config: ClientConfig) -> Client {
    client_at(config, EVENING)
}

pub(crate) fn client_at(config: ClientConfig, now: &str) -> Client {
    let now: DateTime<Utc> = now.parse().expect("an instant in RFC 3339");
    client_with_clock(config, Arc::new(move || now))
}

pub(crate) fn client_with_clock(config: ClientConfig, clock: Clock) -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of the same process may have come first; either way there is one now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let http = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    Client::new(http, config, clock)
}

/// A successful answer.
pub(crate) fn answer(fields: &[&str], items: Value) -> Value {
    json!({
        "request_id": "5280bfe9", "code": 0, "msg": "", "detail": "...",
        "data": { "fields": fields, "items": items, "has_more": false, "count": 0 },
    })
}

pub(crate) fn refusal(code: i64, message: &str) -> Value {
    json!({ "request_id": "378fa30b", "code": code, "data": null, "msg": message, "detail": "" })
}

/// Answers every call of one interface.
pub(crate) async fn serve(server: &MockServer, api: &str, body: Value) {
    Mock::given(matchers::method("POST"))
        .and(matchers::path("/"))
        .and(matchers::body_partial_json(json!({ "api_name": api, "token": TOKEN })))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

pub(crate) const DAILY_FIELDS: &[&str] =
    &["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "change", "pct_chg", "vol", "amount"];

/// The real bar of 000001.SZ on 2018-07-18, and two made-up ones.
pub(crate) fn daily_items() -> Value {
    json!([
        ["000001.SZ", "20180718", 8.75, 8.85, 8.69, 8.70, 8.72, -0.02, -0.23, 525152.77, 460697.377],
        ["600519.SH", "20180718", 741.0, 745.99, 735.5, 739.0, 740.1, -1.1, -0.15, 22031.0, 1632000.123],
        ["300750.SZ", "20180718", 75, 78.5, 74.2, 78, "75.3", 2.7, 3.59, "180000.5", 1380000],
    ])
}
