//! `/console/days/{date}`.

use reqwest::StatusCode;

use crate::{app::TestApp, market::ABSENT, pages::Operator};

#[tokio::test]
async fn a_withheld_day_names_its_missing_codes_and_what_was_found() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/days/2026-04-29").await;
    assert!(page.contains("<h1>2026-04-29</h1>") && page.contains("trading day") && page.contains("Wednesday"));
    assert!(
        page.contains("withheld")
            && page.contains("1 / 4")
            && page.contains("1 of 4 expected codes, 98 % are required")
    );
    assert!(page.contains("<a href=\"/console/days/2026-04-29/missing?source=tushare\">3</a>"), "{page}");
    assert!(page.contains("incomplete_day") && page.contains("href=\"/console/findings/"));
    assert!(page.contains("href=\"/console/days/2026-04-28\"") && page.contains("href=\"/console/days/2026-04-30\""));
    assert!(page.contains("value=\"tushare/daily\"") && page.contains("value=\"2026-04-29\""));

    let missing = operator.page("/console/days/2026-04-29/missing?source=tushare").await;
    for (code, name) in [("000001.SZ", "平安银行"), ("300750.SZ", "宁德时代"), ("920799.BJ", "艾融软件")] {
        assert!(missing.contains(&format!("<a href=\"/console/instruments/{code}\">{code}</a> {name}")), "{code}");
    }
    assert!(!missing.contains("/console/instruments/600519.SH"), "it has its bar");
    let whole = operator.page("/console/days/2026-04-28/missing?source=tushare").await;
    assert!(whole.contains("Every expected code has its bar."), "{whole}");
}

#[tokio::test]
async fn an_absent_day_a_holiday_and_a_suspension_tell_themselves_apart() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    // Out of the calendar's reach, but judged all the same.
    let long_ago = operator.page("/console/days/2025-09-02").await;
    assert!(long_ago.contains("3 / 3") && long_ago.contains("complete"), "{long_ago}");
    let absent = operator.page(&format!("/console/days/{ABSENT}")).await;
    assert!(absent.contains("missing") && absent.contains("Nothing is open about this day."), "{absent}");
    let holiday = operator.page("/console/days/2026-02-17").await;
    assert!(holiday.contains("no trading day") && holiday.contains("href=\"/console/days/2026-02-13\""), "{holiday}");
    // A halted share is not missing; neither is one that is not listed yet.
    let halted = operator.page("/console/days/2026-01-12").await;
    assert!(halted.contains("2 / 2") && !halted.contains("/missing?source=tushare"), "{halted}");
    let mut chinese = Operator::log_in(&app, "zh-CN").await;
    let page = chinese.page("/console/days/2026-04-29").await;
    assert!(page.contains("缺失代码") && page.contains("周三"), "{page}");
}

#[tokio::test]
async fn what_is_no_day_is_refused_by_name() {
    let app = TestApp::start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    for (path, field) in [
        ("/console/days/soon", "date"),
        ("/console/days/2026-02-30", "date"),
        ("/console/days/%3Cscript%3E", "date"),
        ("/console/days/2026-04-29/missing", "source"),
        ("/console/days/2026-04-29/missing?source=yahoo", "source"),
    ] {
        let (status, page) = operator.get(path).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert!(page.contains(&format!("<code>{field}</code>")) && !page.contains("<script>"), "{path}: {page}");
    }
}
