//! `POST /admin/ingest/run`, with Redis and without.

use job_queue::{
    Broker, JobState, Queue,
    payload::{IngestJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    app::{OPERATOR, TestApp, problem},
    market::day,
};

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = daemon_kit::config::Secret::new(url)).start().await
}

async fn run(app: &TestApp, query: &str, request_id: &str) -> Response {
    let request = app.request(Method::POST, &format!("/admin/ingest/run?{query}"));
    request.bearer_auth(OPERATOR).header("x-request-id", request_id).send().await.unwrap()
}

async fn accepted(app: &TestApp, query: &str, request_id: &str) -> Value {
    let response = run(app, query, request_id).await;
    assert_eq!(response.status(), 202);
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_day_is_queued_once_however_often_it_is_asked_for() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let first = accepted(&app, "source=tushare&date=2026-04-15", "r1").await;
    let job_id = "fetch_daily_market@2026-04-15#r1";
    assert_eq!(first, json!({"job_id": job_id, "state": "queued", "trade_date": "2026-04-15"}));
    let twin = accepted(&app, "source=tushare&date=20260415", "r2").await;
    assert_eq!(
        twin,
        json!({"job_id": job_id, "state": "coalesced", "job_state": "waiting", "with": job_id, "trade_date": "2026-04-15"})
    );
    let other_day = accepted(&app, "source=tushare&date=2026-04-14", "r2").await;
    assert_eq!(other_day["state"], "queued");

    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url()).unwrap(), queue_name::INGEST).unwrap();
    let job = queue.show(job_id).await.unwrap();
    assert_eq!(job.summary.state, JobState::Waiting);
    let expected = IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date: day("2026-04-15") };
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
}

#[tokio::test]
async fn a_request_that_is_sent_again_finds_its_own_job() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    accepted(&app, "source=tushare&date=2026-04-15", "same").await;
    let again = accepted(&app, "source=tushare&date=2026-04-15", "same").await;
    assert_eq!(again["job_id"], "fetch_daily_market@2026-04-15#same");
    assert_ne!(again["state"], "queued");
}

#[tokio::test]
async fn the_default_day_is_the_last_one_that_is_over() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    assert_eq!(accepted(&app, "source=tushare", "r1").await["trade_date"], "2026-04-29");
}

#[tokio::test]
async fn every_source_is_asked_for_what_it_has() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url()).unwrap(), queue_name::INGEST).unwrap();
    let (source, quarter) = (|name: &str| name.to_owned(), day("2025-09-30"));
    for (request, query, expected, about) in [
        (
            "r1",
            "source=tdx",
            IngestJob::FetchDailyMarket { source: source("tdx"), trade_date: day("2026-04-29") },
            ("trade_date", "2026-04-29"),
        ),
        (
            "r2",
            "source=yahoo",
            IngestJob::FetchDailyMarket { source: source("yahoo"), trade_date: day("2026-04-29") },
            ("trade_date", "2026-04-29"),
        ),
        (
            // Spring Festival, which is none in New York.
            "r3",
            "source=alpha_vantage&date=2026-02-17",
            IngestJob::FetchDailyMarket { source: source("alpha_vantage"), trade_date: day("2026-02-17") },
            ("trade_date", "2026-02-17"),
        ),
        (
            "r4",
            "source=aktools&series=china_cpi_yearly",
            IngestJob::FetchMacro { source: source("aktools"), series: Some(source("china_cpi_yearly")) },
            ("series", "china_cpi_yearly"),
        ),
        (
            "r5",
            "source=tushare&dataset=fundamentals&period=2025Q3",
            IngestJob::FetchFundamentals { source: source("tushare"), period: quarter, codes: None },
            ("period", "2025-09-30"),
        ),
    ] {
        let accepted = accepted(&app, query, request).await;
        assert_eq!((&accepted["state"], &accepted[about.0]), (&"queued".into(), &about.1.into()), "{query}");
        let job = queue.show(accepted["job_id"].as_str().unwrap()).await.unwrap();
        assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()), "{query}");
    }
    let all = accepted(&app, "source=aktools", "r6").await;
    assert_eq!(all, json!({"job_id": "fetch_macro#r6", "state": "queued"}));
    let reference = accepted(&app, "source=tushare&dataset=reference", "r7").await;
    assert_eq!(reference, json!({"job_id": "fetch_reference#r7", "state": "queued"}));
}

#[tokio::test]
async fn an_unreachable_queue_is_said_so() {
    let app = TestApp::start().await;
    let response = run(&app, "source=tushare&date=2026-04-15", "r1").await;
    assert_eq!(response.headers()["retry-after"], "5");
    insta::assert_json_snapshot!(problem(response).await, @r#"
    {
      "detail": "the job queue did not answer; send the same request again, with the same x-request-id, once it is back",
      "status": 503,
      "title": "The job queue is unreachable",
      "type": "urn:twilight:problem:queue-unreachable"
    }
    "#);
    assert_eq!(app.get("/warehouse/daily?code=600519.SH").await.status(), 200, "reads do not need the queue");
}

#[tokio::test]
async fn what_cannot_be_ingested_is_refused_before_the_queue_is_asked() {
    let app = TestApp::start().await;
    for (query, field, hint) in [
        ("", "source", "parameter `source` is required, for example source=tushare"),
        ("source=bloomberg", "source", "`bloomberg` is no value of `source`"),
        ("source=tushare&date=2026-05-08", "date", "2026-05-08 is in the future; it is 2026-04-29 in Shanghai"),
        ("source=tushare&date=2026-02-17", "date", "2026-02-17 is not a trading day"),
        ("source=tushare&date=soon", "date", "`soon` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        ("source=tushare&day=2026-04-15", "day", "there is no parameter `day` here: did you mean `date`?"),
        ("source=yahoo&date=2026-04-30", "date", "2026-04-30 is in the future; it is 2026-04-29 in Shanghai"),
        ("source=yahoo&dataset=macro", "dataset", "`macro` is no value of `dataset`"),
        (
            "source=tdx&series=china_gdp",
            "series",
            "`series` has no meaning for dataset `daily` of tdx: it takes `date`",
        ),
        (
            "source=tdx&dataset=fundamentals&period=2025-09-01",
            "period",
            "2025-09-01 is not the last day of a quarter: the nearest are 2025-06-30 and 2025-09-30",
        ),
    ] {
        let problem = problem(run(&app, query, "r1").await).await;
        assert_eq!((problem["status"].as_u64(), problem["field"].as_str()), (Some(400), Some(field)), "{query}");
        assert_eq!(problem["detail"], hint);
    }
    let sources = problem(run(&app, "source=bloomberg", "r1").await).await;
    assert_eq!(sources["allowed"], json!(["tushare", "tdx", "yahoo", "alpha_vantage", "aktools"]));
}
