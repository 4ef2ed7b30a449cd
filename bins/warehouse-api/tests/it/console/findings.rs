//! `/console/findings`: the matrix, the list, and the rows behind a finding.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use market_model::DailyBar;
use reqwest::StatusCode;
use serde_json::json;
use warehouse::{Batch, FoundRow, RawResponse, Sourced};

use crate::{
    app::{TestApp, build_once},
    findings::{found, logged, minute, nth, record},
    market::{self, MOUTAI, day},
    pages::Operator,
};

/// The day on which two sources disagree.
const DAY: &str = "2026-04-28";

/// A server over a market in which TDX has another close of Moutai on [`DAY`], with the finding about it, and one more about
/// each of many codes.
async fn disagreeing() -> TestApp {
    static PUBLISHED: OnceLock<PathBuf> = OnceLock::new();
    TestApp::over(PUBLISHED.get_or_init(|| build_once("console-findings", write))).start().await
}

fn write(root: &Path) {
    let mut writer = market::write(root);
    let bar = market::bar(MOUTAI, day(DAY)).unwrap();
    let response = RawResponse {
        source: "tdx".to_owned(),
        dataset: "bars".to_owned(),
        request: json!({"method": "bars", "code": "600519"}).to_string(),
        fetched_at: minute(0),
        http_status: 200,
        body: b"\xb1\xcb\x74\x00".to_vec(),
    };
    let other = DailyBar { close: bar.close + 0.05, pre_close: None, ..bar };
    let batch = Batch {
        source: "tdx".to_owned(),
        responses: vec![response],
        daily: vec![Sourced { value: other, response: 0, row: 0 }],
        ..Batch::default()
    };
    writer.commit(batch, minute(0)).unwrap();
    let about = FoundRow {
        message: "close differs: <script>alert(1)</script>".to_owned(),
        details: json!({"differ": {"close": [1, 2]}, "note": "<b>&"}),
        ..found("cross_source", "warning", Some(MOUTAI), Some(DAY))
    };
    let long = "word ".repeat(100);
    let many = (0..120).map(|number| {
        let date = day("2026-01-05") + chrono::Days::new(number % 90);
        FoundRow {
            message: long.clone(),
            ..found("price_limit", "error", Some(&nth(number as usize)), Some(&date.to_string()))
        }
    });
    record(&mut writer, &["price_limit"], many.collect(), minute(1));
    record(&mut writer, &["cross_source"], vec![about], minute(2));
    writer.publish(minute(10)).unwrap();
}

/// Where the first link to a finding leads.
fn first_finding(page: &str) -> String {
    let (_, rest) = page.split_once("href=\"/console/findings/").unwrap();
    format!("/console/findings/{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_finding_opens_the_rows_of_both_sources_side_by_side() {
    let app = disagreeing().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let list = operator.page("/console/findings?code=600519&severity=warning").await;
    assert!(list.contains("close differs: &lt;script&gt;") && !list.contains("<script>alert"), "{list}");
    let page = operator.page(&first_finding(&list)).await;
    let close = market::bar(MOUTAI, day(DAY)).unwrap().close;
    for text in [
        format!("<mark>{close}</mark>"),
        format!("<mark>{}</mark>", close + 0.05),
        "≠ differ".to_owned(),
        "tushare (served)".to_owned(),
        "As sent by: tdx".to_owned(),
        "As sent by: tushare".to_owned(),
        // The vendor's own figure, in lots.
        "<code>vol</code>".to_owned(),
        "&quot;method&quot;:&quot;bars&quot;".to_owned(),
        "&quot;close&quot;: [".to_owned(),
        "&lt;b&gt;&amp;".to_owned(),
        format!("/console/days/{DAY}"),
        format!("/console/instruments/{MOUTAI}"),
    ] {
        assert!(page.contains(&text), "{text}: {page}");
    }
    assert_eq!(page.matches("<mark>").count(), 2, "only the close differs");
}

#[tokio::test]
async fn a_number_of_the_matrix_leads_to_its_list_and_the_list_goes_on() {
    let app = disagreeing().await;
    let mut operator = Operator::log_in(&app, "zh-CN").await;
    let page = operator.page("/console/findings").await;
    assert!(page.contains("<a href=\"/console/findings?check=price_limit\">120</a>"), "{page}");
    let of_day = "/console/findings?check=cross_source&amp;day=2026-04-28";
    assert!(page.contains(&format!("<a href=\"{of_day}\">1</a>")), "{page}");
    let list = operator.page(&of_day.replace("&amp;", "&")).await;
    assert_eq!(list.matches("href=\"/console/findings/").count(), 1, "{list}");

    let mut next = "/console/findings?check=price_limit&since=2026-04-29".to_owned();
    let mut seen = 0;
    loop {
        let page = operator.page(&next).await;
        seen += page.matches("href=\"/console/findings/").count();
        let Some((before, _)) = page.split_once("\" rel=\"next\"") else { break };
        next = before.rsplit("href=\"").next().unwrap().replace("&amp;", "&");
    }
    assert_eq!(seen, 120);
}

#[tokio::test]
async fn open_ones_show_unless_all_are_wanted_and_nothing_is_said_to_be_nothing() {
    let app = logged().await;
    let mut operator = Operator::log_in(&app, "en").await;
    assert!(!operator.page("/console/findings?check=anomaly_large_move").await.contains("href=\"/console/findings/"));
    let all = operator.page("/console/findings?check=anomaly_large_move&state=all&code=&since=").await;
    assert!(all.contains("closed ") && all.contains("宁德时代"), "{all}");
    // About a data set: there are no rows, and the page says where to look.
    let list = operator.page("/console/findings?check=freshness").await;
    let page = operator.page(&first_finding(&list)).await;
    assert!(page.contains("It is about a data set") && page.contains("/console/overview"), "{page}");
}

#[tokio::test]
async fn a_wrong_filter_names_its_field_and_an_unknown_finding_is_a_404() {
    let app = logged().await;
    let mut operator = Operator::log_in(&app, "en").await;
    for (query, field) in [
        ("severity=fatal", "severity"),
        ("check=cross-source", "check"),
        ("code=moutai", "code"),
        ("day=2026-02-30", "day"),
        ("since=yesterday", "since"),
        ("state=closed", "state"),
        ("cursor=!", "cursor"),
        ("sort=up", "sort"),
    ] {
        let (status, page) = operator.get(&format!("/console/findings?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(page.contains(&format!("<code>{field}</code>")), "{query}: {page}");
    }
    let (status, page) = operator.get("/console/findings/%3Cscript%3E").await;
    assert!(status == StatusCode::NOT_FOUND && !page.contains("<script>"), "{page}");
}
