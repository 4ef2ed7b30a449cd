//! `/console/instruments`: the search and the chart.

use reqwest::{StatusCode, header};
use serde_json::Value;

use crate::{
    app::TestApp,
    market::{self, EX_DATE, MOUTAI, WITHHELD, day},
    pages::Operator,
    world::TDX_DAYS,
};

fn chart(query: &str) -> String {
    format!("/console/instruments/{MOUTAI}{query}")
}

/// The closes in the table of the last bars, the newest first.
fn closes(page: &str) -> Vec<String> {
    let cells = page.split("<td class=\"num\" data-label=\"Close\">").skip(1);
    cells.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The values of one of the lines, as the crosshair reads them.
fn curve(page: &str, name: &str) -> Vec<f64> {
    let (_, rest) = page.split_once("<script type=\"application/json\">").unwrap();
    let data: Value = serde_json::from_str(rest.split("</script>").next().unwrap()).unwrap();
    let series = data["series"].as_array().unwrap().iter().find(|series| series["name"] == name).unwrap();
    let steps = series["steps"].as_array().unwrap().iter().filter_map(Value::as_f64);
    let sums = steps.scan(0.0, |sum, step| {
        *sum += step;
        Some(*sum / 100.0)
    });
    sums.collect()
}

#[tokio::test]
async fn the_ex_date_is_marked_and_the_adjustment_changes_the_numbers_before_it() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let qfq = operator.page(&chart("?range=60")).await;
    let marker = format!("<g class=\"marker\"><title>{EX_DATE}: factor 1.000000 → ");
    assert!(qfq.contains(&marker) && qfq.contains(">XD</text>"), "{qfq}");
    assert!(qfq.contains("MA60") && qfq.contains("60 bars") && qfq.contains("贵州茅台"), "{qfq}");
    let none = operator.page(&chart("?range=60&adjust=none")).await;
    let hfq = operator.page(&chart("?range=60&adjust=hfq")).await;
    let (qfq, none, hfq) = (closes(&qfq), closes(&none), closes(&hfq));
    assert_eq!(qfq.len(), 30);
    assert_eq!(qfq[0], none[0], "the last bar is the anchor");
    assert_ne!(hfq[0], none[0]);

    let bar = market::bar(MOUTAI, day("2026-03-17")).unwrap();
    assert!(none.contains(&format!("1,{:.2}", bar.close - 1_000.0)), "{none:?}");
}

#[tokio::test]
async fn another_source_is_drawn_over_the_bars_and_missing_days_have_their_reasons() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "zh-CN").await;
    let page = operator.page(&chart("?range=120&source=tdx")).await;
    assert!(page.contains("class=\"curve overlay\"") && page.contains("\"name\":\"tdx\""), "{page}");
    assert!(page.contains("source=tushare"), "both sources are offered");
    assert!(page.contains("停牌") && page.contains("2026-01-12") && page.contains("缺口"), "{page}");
    assert!(page.contains("暂不发布") && page.contains(WITHHELD), "{page}");
    assert!(!operator.page(&chart("")).await.contains("class=\"curve overlay\""));
    // Its closes are in the basis of the bars: before the ex-date they are scaled as those are.
    for (adjust, multiplier) in [("none", 1.0), ("qfq", 1.0 / 1.249_890), ("hfq", 1.0)] {
        let page = operator.page(&chart(&format!("?source=tdx&adjust={adjust}"))).await;
        let closes = TDX_DAYS.map(|date| market::bar(MOUTAI, day(date)).unwrap().close * multiplier);
        let drawn = curve(&page, "tdx");
        assert_eq!(drawn.len(), 2, "{adjust}");
        assert!(drawn.iter().zip(closes).all(|(drawn, close)| (drawn - close).abs() < 0.01), "{adjust}: {drawn:?}");
    }
    // A source without a row of this code is no line, and no error.
    assert!(!operator.page(&chart("?source=yahoo")).await.contains("class=\"curve overlay\""));
    let all = operator.page(&chart("?range=all")).await;
    assert!(all.contains("日K") && all.contains("共"), "{all}");
}

#[tokio::test]
async fn a_code_is_found_by_its_beginning_its_symbol_and_its_name() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    for (text, code) in
        [("600519", MOUTAI), ("600519.sh", MOUTAI), ("%E8%8C%85%E5%8F%B0", MOUTAI), ("usdcny", "USDCNY.FX")]
    {
        let response = operator.response(&format!("/console/instruments?code={text}")).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{text}");
        assert_eq!(response.headers()[header::LOCATION], format!("/console/instruments/{code}"), "{text}");
    }
    let several = operator.page("/console/instruments?code=0").await;
    assert!(several.contains("000001.SZ") && several.contains("0700.HK") && several.contains("平安银行"), "{several}");
    assert!(operator.page("/console/instruments?code=zzz").await.contains("Nothing trades under that"));
    assert!(operator.page("/console/instruments?code=").await.contains("instruments"));
    let hostile = operator.page("/console/instruments?code=%3Cscript%3Ealert(1)").await;
    assert!(hostile.contains("value=\"&lt;script&gt;alert(1)\""), "{hostile}");
}

#[tokio::test]
async fn codes_abroad_have_charts_and_wrong_choices_name_their_field() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let hong_kong = operator.page("/console/instruments/0700.HK").await;
    assert!(hong_kong.contains("腾讯控股") && hong_kong.contains("per 10 shares: cash 45 (yahoo)"), "{hong_kong}");
    let currency = operator.page("/console/instruments/USDCNY.FX").await;
    assert!(currency.contains("7.0500") && currency.contains("nobody counts it"), "{currency}");
    for (path, status, field) in [
        (chart("?adjust=raw"), 400, "adjust"),
        (chart("?range=7"), 400, "range"),
        (chart("?source=%3Cb%3E"), 400, "source"),
        (chart("?days=7"), 400, "days"),
        ("/console/instruments/moutai".to_owned(), 400, "code"),
        ("/console/instruments/600000.SH".to_owned(), 404, "code"),
    ] {
        let (answered, page) = operator.get(&path).await;
        assert_eq!(answered, StatusCode::from_u16(status).unwrap(), "{path}");
        assert!(page.contains(&format!("<code>{field}</code>")), "{path}: {page}");
    }
}
