//! Several vendors: abroad, side by side, and one that fills in for another.

use serde_json::{Value, json};
use warehouse::{Batch, Partition, RawResponse, Sourced};
use warehouse_api::openapi::{CuratedBody, FeaturesBody, NormalizedBody, RawBody};

use crate::{
    app::{Market, TestApp, exact_column},
    market::{self, ABSENT, day, published_at},
    world::{HK_BARS, HK_DIVIDEND, HK_EX_DATE, TDX_DAYS, TDX_FRAME, TDX_FRAME_BASE64},
};

#[tokio::test]
async fn a_code_abroad_has_the_bars_of_its_vendor_and_no_mainland_calendar() {
    let app = TestApp::start().await;
    let path = "/warehouse/daily?code=0700.HK&start=2026-03-01&end=2026-04-28&adjust=none";
    let text = app.text(path).await;
    let body: CuratedBody = serde_json::from_str(&text).unwrap();
    assert_eq!(exact_column(&text, "close"), HK_BARS.map(|(_, close)| close));
    assert!(body.rows.iter().all(|row| row.source == "yahoo" && row.amount.is_none() && row.volume == Some(7_000)));
    assert!(text.contains(r#""volume":7000,"amount":null,"#), "{text}");
    assert_eq!(body.missing, [], "holidays of Hong Kong are not known here, and the mainland's do not count");
    let before: Value = app.json("/warehouse/daily?code=0700.HK&start=2004-06-14&end=2004-06-15").await;
    assert_eq!(
        before["missing"],
        json!([{"date": "2004-06-14", "until": "2004-06-15", "days": 2, "reason": "not_listed"}])
    );
    let after: Value = app.json("/warehouse/daily?code=0700.HK&start=2026-04-24&end=2026-04-24").await;
    assert_eq!(after["missing"], json!([{"date": "2026-04-24", "reason": "not_yet"}]));
}

#[tokio::test]
async fn prices_abroad_are_adjusted_by_their_corporate_actions() {
    let app = TestApp::start().await;
    let path = "/warehouse/daily?code=0700.HK&start=2026-03-01&end=2026-04-28";
    let traded = app.text(&format!("{path}&adjust=none")).await;
    let before = HK_BARS[1].1;
    let step = before / (before - HK_DIVIDEND);
    let factors = exact_column(&traded, "adj_factor");
    assert_eq!(HK_BARS[2].0, HK_EX_DATE);
    assert_eq!(factors[..2], [1.0, 1.0]);
    for factor in &factors[2..] {
        assert!((factor / step - 1.0).abs() < 1e-9, "{factor} is not {step}");
    }
    let qfq = exact_column(&app.text(path).await, "close");
    assert!((qfq[1] - (before - HK_DIVIDEND)).abs() < 1e-6, "{qfq:?}");
    assert_eq!(qfq[3], HK_BARS[3].1);
}

#[tokio::test]
async fn what_nobody_counts_is_null_in_every_format() {
    let app = TestApp::start().await;
    for code in ["USDCNY.FX", "GSPC.IDX"] {
        let path = format!("/warehouse/daily?code={code}&start=2026-04-20&end=2026-04-20");
        let body: CuratedBody = app.json(&path).await;
        assert_eq!((body.rows[0].volume, body.rows[0].amount), (None, None), "{code}");
        let normalized: NormalizedBody = app.json(&format!("{path}&layer=normalized")).await;
        assert_eq!((normalized.rows[0].volume, normalized.rows[0].amount), (None, None), "{code}");
        for layer in ["curated", "normalized"] {
            let csv = app.text(&format!("{path}&layer={layer}&format=csv")).await;
            assert!(csv.lines().nth(1).unwrap().contains(",,,"), "{csv}");
            assert_eq!(app.get(&format!("{path}&layer={layer}&format=parquet")).await.status(), 200);
        }
    }
}

#[tokio::test]
async fn features_abroad_do_not_pretend_to_know_the_holidays() {
    let app = TestApp::start().await;
    let body: FeaturesBody = app.json("/warehouse/features?code=0700.HK&date=2026-04-23").await;
    assert_eq!(body.features.ma_5, None, "four bars");
    for (date, reason) in [
        ("2026-04-20", "holiday_or_gap"),
        ("2026-04-16", "gap"),
        ("2026-04-24", "not_yet"),
        ("2004-06-15", "not_listed"),
    ] {
        let path = format!("/warehouse/features?code=0700.HK&date={date}");
        assert_eq!(app.problem(&path).await["reason"], reason, "{date}");
    }
}

#[tokio::test]
async fn a_symbol_from_abroad_is_answered_with_its_code() {
    let app = TestApp::start().await;
    for (asked, code, name) in [
        ("0700", "0700.HK", Some("腾讯控股")),
        ("700", "0700.HK", Some("腾讯控股")),
        ("GSPC", "GSPC.IDX", None),
        ("usdcny", "USDCNY.FX", None),
    ] {
        let problem = app.problem(&format!("/warehouse/daily?code={asked}")).await;
        assert_eq!(problem["type"], "urn:twilight:problem:ambiguous-code", "{asked}");
        let candidate = &problem["candidates"][0];
        assert_eq!((candidate["code"].as_str(), candidate["name"].as_str()), (Some(code), name), "{asked}");
    }
    for (asked, meant) in
        [("00700.HK", "0700.HK"), ("%5EGSPC", "GSPC.IDX"), ("USDCNY%3DX", "USDCNY.FX"), ("aapl.us", "AAPL.US")]
    {
        let problem = app.problem(&format!("/warehouse/daily?code={asked}")).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.ends_with(&format!("did you mean {meant}?")), "{asked}: {detail}");
    }
    let unknown = app.problem("/warehouse/daily?code=AAPL.US").await;
    assert_eq!(unknown["status"], 404);
}

#[tokio::test]
async fn the_lower_layers_show_every_vendor_and_a_frame_as_it_came() {
    let app = TestApp::start().await;
    let range = format!("/warehouse/daily?code=600519.SH&start={}&end={}", TDX_DAYS[0], TDX_DAYS[1]);
    let normalized: NormalizedBody = app.json(&format!("{range}&layer=normalized")).await;
    let vendors: Vec<_> = normalized.rows.iter().map(|row| (row.trade_date, row.source.as_str())).collect();
    let [first, second] = TDX_DAYS.map(day);
    assert_eq!(vendors, [(first, "tdx"), (first, "tushare"), (second, "tdx"), (second, "tushare")]);
    let raw: RawBody = app.json(&format!("{range}&layer=raw")).await;
    let tdx: Vec<_> = raw.rows.iter().filter(|row| row.source == "tdx").collect();
    assert_eq!(tdx[0].row, Some(json!({"encoding": "base64", "frame": TDX_FRAME_BASE64, "index": 798})));
    assert_eq!(tdx[1].row, Some(json!({"encoding": "base64", "frame_in_row": 0, "index": 799})));
    assert_eq!(
        (tdx[0].dataset.as_deref(), tdx[0].fetched_at.as_deref()),
        (Some("bars"), Some("2026-04-29T19:00:00+08:00"))
    );
    assert_eq!(tdx[0].request.as_ref().unwrap()["method"], "bars");
    let yahoo: RawBody = app.json("/warehouse/daily?code=0700.HK&start=2026-04-21&end=2026-04-21&layer=raw").await;
    assert_eq!(yahoo.rows[0].row.as_ref().unwrap()["close"], 504.5);
    let csv = app.text(&format!("{range}&layer=raw&format=csv")).await;
    assert_eq!(csv.matches("frame").count(), 2, "{csv}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_another_vendor_filled_in_says_so_in_every_basis() {
    let market = Market::new();
    let mut writer = market::writer(market.root());
    writer.commit(absent_day(), published_at()).unwrap();
    writer.publish(published_at()).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let path = "/warehouse/daily?code=000001.SZ&start=2026-04-14&end=2026-04-16";
    for adjust in ["qfq", "hfq", "none"] {
        let body: CuratedBody = app.json(&format!("{path}&adjust={adjust}")).await;
        let sources: Vec<_> = body.rows.iter().map(|row| row.source.as_str()).collect();
        assert_eq!(sources, ["tushare", "tdx", "tushare"], "{adjust}: {:?}", body.missing);
        let csv = app.text(&format!("{path}&adjust={adjust}&format=csv")).await;
        let sources: Vec<_> = csv.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
        assert_eq!(sources, ["tushare", "tdx", "tushare"], "{adjust}");
    }
}

/// TDX's bars of the day that Tushare never had.
fn absent_day() -> Batch {
    let response = RawResponse {
        source: "tdx".to_owned(),
        dataset: "bars".to_owned(),
        request: "{}".to_owned(),
        fetched_at: published_at(),
        http_status: 200,
        body: TDX_FRAME.to_vec(),
    };
    let bars = market::bars_of_the_absent_day().into_iter().enumerate();
    Batch {
        source: "tdx".to_owned(),
        responses: vec![response],
        daily: bars.map(|(row, value)| Sourced { value, response: 0, row: row as u32 }).collect(),
        partitions: vec![Partition { dataset: "daily", source: "tdx".to_owned(), trade_date: day(ABSENT) }],
        ..Batch::default()
    }
}
