//! `/console/ingest`: the forms push what the JSON routes push.

use daemon_kit::config::Secret;
use job_queue::{
    Broker, JobState, Queue,
    payload::{IngestJob, QualityJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::StatusCode;
use serde_json::Value;

use crate::{app::TestApp, market::day, pages::Operator};

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = Secret::new(url)).start().await
}

/// The payloads that wait in a queue, oldest first.
async fn waiting(redis: &RedisServer, queue: &str) -> Vec<Value> {
    let queue: Queue<Value> = Queue::new(&Broker::connect(&redis.url()).unwrap(), queue).unwrap();
    let jobs = queue.list(JobState::Waiting, 0, 100).await.unwrap().jobs;
    let mut payloads = Vec::new();
    for job in jobs {
        payloads.push(queue.show(&job.id).await.unwrap().payload.unwrap());
    }
    payloads
}

#[tokio::test]
async fn the_forms_ask_for_a_fetch_a_backfill_and_a_check() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/ingest").await;
    for option in ["tushare/daily", "tdx/fundamentals", "yahoo/daily", "aktools/macro"] {
        assert!(page.contains(&format!("value=\"{option}\"")), "{option}");
    }
    let run = [("what", "tushare/daily"), ("date", "2026-04-15"), ("period", ""), ("series", "")];
    let after = operator.done("/console/ingest/run", &run).await;
    assert!(after.contains("In the queue: fetch_daily_market@2026-04-15#"), "{after}");
    let twin = operator.done("/console/ingest/run", &run).await;
    assert!(twin.contains("Nothing was added: fetch_daily_market@2026-04-15#") && twin.contains("and is waiting"));
    let histories =
        [("source", "tdx"), ("from", "2026-01-05"), ("to", "2026-02-06"), ("codes", "600519.SH, 000001.SZ")];
    assert!(operator.done("/console/ingest/backfill", &histories).await.contains("In the queue: backfill_history#"));
    assert!(
        operator.done("/console/ingest/check", &[("dates", "2026-04-15, 2026-04-14")]).await.contains("In the queue")
    );
    assert!(operator.done("/console/ingest/check", &[("all", "true"), ("dates", "")]).await.contains("In the queue"));

    let fetch = IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date: day("2026-04-15") };
    let backfill = IngestJob::BackfillHistory {
        source: "tdx".to_owned(),
        codes: Some(vec!["000001.SZ".to_owned(), "600519.SH".to_owned()]),
        from: day("2026-01-05"),
        to: day("2026-02-06"),
        part: 0,
    };
    let expected = [fetch, backfill].map(|job| serde_json::to_value(job).unwrap());
    assert_eq!(waiting(&redis, queue_name::INGEST).await, expected);
    let check = |dates: Option<Vec<_>>| QualityJob::CheckGeneration { generation: Some(1), dates };
    let expected = [check(Some(vec![day("2026-04-14"), day("2026-04-15")])), check(None)];
    assert_eq!(waiting(&redis, queue_name::QUALITY).await, expected.map(|job| serde_json::to_value(job).unwrap()));
}

#[tokio::test]
async fn a_form_that_asks_for_what_cannot_be_is_refused_by_its_field() {
    let app = TestApp::start().await;
    let operator = Operator::log_in(&app, "en").await;
    for (path, fields, field) in [
        ("/console/ingest/run", &[("what", "bloomberg/daily")][..], "source"),
        ("/console/ingest/run", &[("date", "2026-04-15")], "what"),
        ("/console/ingest/run", &[("what", "tushare/daily"), ("date", "2026-05-08")], "date"),
        ("/console/ingest/run", &[("what", "tushare/daily"), ("series", "gdp")], "series"),
        ("/console/ingest/run", &[("what", "tushare/fundamentals")], "period"),
        ("/console/ingest/run", &[("what", "tushare/daily"), ("sauce", "x")], "sauce"),
        ("/console/ingest/backfill", &[("source", "tdx")], "from"),
        ("/console/ingest/backfill", &[("source", "tdx"), ("from", "2026-01-05"), ("codes", "AAPL.US")], "codes"),
        ("/console/ingest/check", &[], "dates"),
        ("/console/ingest/check", &[("dates", "2026-05-08")], "dates"),
    ] {
        let response = operator.post(path, fields).await;
        let (status, page) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path} {fields:?}");
        assert!(page.contains(&format!("<code>{field}</code>")), "{path} {fields:?}: {page}");
    }
    // The queue does not answer: no fault of the form.
    let away = operator.post("/console/ingest/run", &[("what", "tushare/daily")]).await;
    assert_eq!(away.status(), StatusCode::SEE_OTHER);
}
