//! `/warehouse/daily` on the other layers.

use serde_json::{Value, json};
use warehouse_api::openapi::{CuratedBody, NormalizedBody, RawBody};

use crate::{
    app::TestApp,
    market::{self, MOUTAI, WITHHELD, day},
};

#[tokio::test]
async fn test_warehouse_route_respects_layer_param() {
    let app = TestApp::start().await;
    let range = "code=600519.SH&start=2026-03-12&end=2026-03-17";
    let curated: CuratedBody = app.json(&format!("/warehouse/daily?{range}&layer=curated&adjust=none")).await;
    let normalized: NormalizedBody = app.json(&format!("/warehouse/daily?{range}&layer=normalized")).await;
    let raw: RawBody = app.json(&format!("/warehouse/daily?{range}&layer=raw")).await;
    assert_eq!(
        [curated.source.as_str(), normalized.source.as_str(), raw.source.as_str()],
        ["curated", "normalized", "raw"]
    );
    assert_eq!([curated.rows.len(), normalized.rows.len(), raw.rows.len()], [4, 4, 4]);
    for ((curated, normalized), raw) in curated.rows.iter().zip(&normalized.rows).zip(&raw.rows) {
        let bar = market::bar(MOUTAI, curated.trade_date).unwrap();
        assert_eq!((normalized.trade_date, raw.trade_date), (curated.trade_date, curated.trade_date));
        assert_eq!((normalized.close, normalized.pre_close), (curated.close, bar.pre_close));
        assert_eq!((normalized.raw_id, normalized.raw_row), (raw.raw_id, raw.raw_row));
        let vendors = raw.row.as_ref().unwrap();
        assert_eq!(vendors[0], MOUTAI);
        assert_eq!(vendors[9], bar.volume as f64 / 100.0, "lots, as the vendor sends them");
        assert_eq!(normalized.volume, Some(bar.volume), "shares, as we keep them");
    }
}

#[tokio::test]
async fn a_raw_row_comes_with_its_request_and_its_time() {
    let app = TestApp::start().await;
    let body: RawBody = app.json("/warehouse/daily?code=000001.SZ&start=2026-03-12&end=2026-03-12&layer=raw").await;
    let row = &body.rows[0];
    assert_eq!((row.source.as_str(), row.dataset.as_deref(), row.archived), ("tushare", Some("daily"), false));
    let fields = "ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount";
    let request = json!({"api_name": "daily", "params": {"trade_date": "20260312"}, "fields": fields});
    assert_eq!(row.request, Some(request));
    assert_eq!(row.fetched_at.as_deref(), Some("2026-04-29T19:00:00+08:00"));
    assert_eq!(row.fields.join(","), fields);
}

#[tokio::test]
async fn a_raw_row_is_the_vendors_own_text() {
    let app = TestApp::start().await;
    let path = "/warehouse/daily?code=000001.SZ&start=2026-03-12&end=2026-03-12&layer=raw";
    let text = app.get(path).await.text().await.unwrap();
    let bar = market::bar("000001.SZ", day("2026-03-12")).unwrap();
    let prices = [bar.open, bar.high, bar.low, bar.close].map(|price| Value::from(price).to_string());
    let row = format!(r#""row":["000001.SZ","20260312",{},"#, prices.join(","));
    assert!(text.contains(&row), "{row} is not in {text}");
}

#[tokio::test]
async fn a_withheld_day_is_in_the_layers_below_curated() {
    let app = TestApp::start().await;
    let range = format!("code=600519.SH&start={WITHHELD}&end={WITHHELD}");
    let normalized: NormalizedBody = app.json(&format!("/warehouse/daily?{range}&layer=normalized")).await;
    assert_eq!(normalized.rows.len(), 1);
    assert_eq!(normalized.missing[0].reason, "withheld");
    let curated: CuratedBody = app.json(&format!("/warehouse/daily?{range}")).await;
    assert_eq!(curated.rows.len(), 0);
}

#[tokio::test]
async fn traded_prices_cannot_be_adjusted() {
    let app = TestApp::start().await;
    let _: NormalizedBody = app.json("/warehouse/daily?code=000001.SZ&layer=normalized&adjust=none").await;
    insta::assert_json_snapshot!(app.problem("/warehouse/daily?code=000001.SZ&layer=normalized&adjust=qfq").await, @r#"
    {
      "allowed": [
        "none"
      ],
      "detail": "layer `normalized` holds traded prices: adjust applies to layer `curated` only",
      "field": "adjust",
      "status": 400,
      "title": "A parameter is invalid",
      "type": "urn:twilight:problem:invalid-parameter"
    }
    "#);
}
