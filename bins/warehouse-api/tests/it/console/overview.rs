//! `/console/overview`, and who may see it.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use warehouse::{
    BackfillPhase, BackfillProgress, Freshness, ReplicaFile, RunningJob, StatusFile, write_replica, write_status,
};

use crate::{
    app::{ADMIN, Market, READER, TestApp, eventually},
    market::{LAST, day, published_at},
    pages::{Operator, log_in},
};

/// TDX has failed with a text that a page must not take for its own.
fn status() -> StatusFile {
    let freshness = |source: &str, dataset: &str, days_ago: i64| Freshness {
        source: source.to_owned(),
        dataset: dataset.to_owned(),
        last_success_at: Some(published_at() - TimeDelta::days(days_ago)),
        last_trade_date: Some(day(LAST) - TimeDelta::days(days_ago)),
        last_error: None,
        last_error_at: None,
    };
    let failed = Freshness {
        last_error: Some("<script>alert(1)</script> & timed out".to_owned()),
        last_error_at: Some(published_at()),
        ..freshness("tdx", "daily", 1)
    };
    StatusFile {
        generation: Some(1),
        freshness: vec![
            freshness("tushare", "daily", 0),
            failed,
            freshness("aktools", "macro", 2),
            freshness("tdx", "xdxr", 40),
        ],
        running_jobs: vec![RunningJob {
            job_id: "backfill_history#r1".to_owned(),
            kind: "backfill_history".to_owned(),
            started_at: published_at(),
        }],
        backfill: Some(BackfillProgress {
            id: "backfill_history#r1".to_owned(),
            source: "tdx".to_owned(),
            phase: BackfillPhase::Fetching,
            codes_done: 2_998,
            codes_total: 5_000,
            codes_failed: 1,
            updated_at: Some(published_at()),
            ..BackfillProgress::default()
        }),
        last_checks: [("check_generation".to_owned(), published_at())].into(),
        ..serde_json::from_value(serde_json::json!({"updated_at": published_at()})).unwrap()
    }
}

#[tokio::test]
async fn only_a_token_that_reads_and_commands_opens_the_pages() {
    let app = TestApp::start().await;
    for token in [READER, ADMIN, "no-token"] {
        let refused = log_in(&app, token).await;
        assert_ne!(refused.status(), StatusCode::SEE_OTHER, "{token}");
        assert!(!refused.text().await.unwrap().contains("2026-04-28"), "{token}");
    }
    for path in ["/console/overview", "/console/jobs", "/console/days/2026-04-29", "/console/overview/now"] {
        let outside = app.request(Method::GET, path).send().await.unwrap();
        assert!([StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED].contains(&outside.status()), "{path}");
    }
    let bare = app.request(Method::POST, "/console/ingest/check").body("all=true").send().await.unwrap();
    assert!(bare.status().is_client_error(), "{}", bare.status());
    let off = TestApp::shared().with(|config| config.console.enabled = false).start().await;
    assert_eq!(off.request(Method::GET, "/console/overview").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_morning_shows_what_is_late_what_is_withheld_and_what_is_open() {
    let market = Market::new();
    write_status(&market.published(), &status()).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    app.clock.advance(TimeDelta::hours(2));
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/overview").await;
    assert!(page.contains("<h1>Overview</h1>") && page.contains("lang=\"en\""));
    // The calendar, and what of it needs attention.
    assert!(page.contains("href=\"/console/days/2026-04-29\""), "every day leads to its page");
    assert!(page.contains("tushare: withheld, 1 of 4 expected codes"), "{page}");
    assert!(page.contains("tushare: missing") && page.contains("tushare: complete, 4 of 4 expected codes"));
    assert!(page.contains("tdx: late") && page.contains("tdx: some codes only, 1 bar"));
    assert!(page.contains("yahoo: there, 1 bar"), "what trades abroad is not judged");
    assert!(page.contains("aktools: there, macro"), "what brings no bars shows when it was fetched");
    // Sources, findings, the served copy.
    assert!(page.contains("overdue") && page.contains("on time") && page.contains("What comes on request"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; timed out"));
    assert!(page.contains("href=\"/console/findings?severity=error\"") && page.contains("1 error<"));
    assert!(page.contains("no replica") && page.contains("check_generation"));
    assert!(page.contains("2,998 / 5,000") && page.contains("href=\"/console/quarantine\""));

    let mut chinese = Operator::log_in(&app, "zh-CN").await;
    let page = chinese.page("/console/overview").await;
    assert!(page.contains("<h1>总览</h1>") && page.contains("lang=\"zh-CN\""));
    assert!(page.contains("tushare: 暂不发布, 1 / 4 应有代码") && page.contains("逾期"));
    // What the script renews is the same parts, without the shell.
    let part = operator.page("/console/overview/now").await;
    assert!(part.contains("Data up to") && !part.contains("<html"), "{part}");
    assert!(operator.page("/console/overview/sources").await.contains("alert(1)"));
}

#[tokio::test]
async fn before_the_first_generation_the_pages_say_so() {
    let empty = tempfile::tempdir().unwrap();
    let app = TestApp::over(empty.path()).start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/overview").await;
    assert!(page.contains("Nothing is published yet") && page.contains("not reported"), "{page}");
    let (status, day) = operator.get("/console/days/2026-04-29").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(day.contains("Nothing is published yet") && day.contains("<html"), "{day}");
    let (status, page) = operator.get("/console/overview?since=1").await;
    assert!(status == StatusCode::BAD_REQUEST && page.contains("since"), "{page}");
}

#[tokio::test]
async fn a_replica_shows_its_age_and_when_it_was_verified() {
    let market = Market::new();
    let replica = ReplicaFile {
        synced_at: Some(published_at() + TimeDelta::minutes(20)),
        verified_at: Some(published_at() + TimeDelta::minutes(19)),
        generation: Some(1),
        from: "push from mac-mini".to_owned(),
        ..ReplicaFile::default()
    };
    write_replica(&market.published(), &replica).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/overview").await;
    assert!(page.contains("push from mac-mini") && page.contains("10 min ago"), "{page}");
    assert!(page.contains("2026-04-29 19:19:00"), "{page}");
    // The report of the primary is ahead of the copy.
    write_status(&market.published(), &StatusFile { generation: Some(2), ..status() }).unwrap();
    eventually("the copy is behind", async || {
        let mut operator = Operator::log_in(&app, "en").await;
        operator.page("/console/overview").await.contains(">behind<")
    })
    .await;
}
