//! `POST /admin/ingest/backfill`.

use job_queue::{
    Broker, Queue,
    payload::{IngestJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    app::{OPERATOR, READER, TestApp, problem},
    market::day,
};

const PATH: &str = "/admin/ingest/backfill";

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = daemon_kit::config::Secret::new(url)).start().await
}

async fn with_body(app: &TestApp, body: impl Into<String>, request_id: &str) -> Response {
    let request = app.request(Method::POST, PATH).bearer_auth(OPERATOR).header("x-request-id", request_id);
    request.header("content-type", "application/json").body(body.into()).send().await.unwrap()
}

async fn with_query(app: &TestApp, query: &str, request_id: &str) -> Response {
    let request = app.request(Method::POST, &format!("{PATH}?{query}")).bearer_auth(OPERATOR);
    request.header("x-request-id", request_id).send().await.unwrap()
}

async fn accepted(response: Response) -> Value {
    let (status, body) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 202, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_body_and_parameters_ask_for_the_same_job() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let body = json!({"source": "tdx", "from": "2016-01-04", "to": "20260428", "codes": ["600519.SH", "000001.SZ", "600519.SH"]});
    let first = accepted(with_body(&app, body.to_string(), "r1").await).await;
    assert_eq!(
        first,
        json!({"job_id": "backfill_history#r1", "state": "queued", "source": "tdx", "from": "2016-01-04", "to": "2026-04-28", "codes": 2})
    );
    let query = "source=tdx&from=20160104&to=2026-04-28&codes=000001.SZ,600519.SH";
    let twin = accepted(with_query(&app, query, "r2").await).await;
    assert_eq!((&twin["state"], &twin["with"]), (&"coalesced".into(), &"backfill_history#r1".into()));
    let again = accepted(with_query(&app, query, "r1").await).await;
    assert_eq!(again["job_id"], "backfill_history#r1");

    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url()).unwrap(), queue_name::INGEST).unwrap();
    let job = queue.show("backfill_history#r1").await.unwrap();
    let expected = IngestJob::BackfillHistory {
        source: "tdx".to_owned(),
        codes: Some(vec!["000001.SZ".to_owned(), "600519.SH".to_owned()]),
        from: day("2016-01-04"),
        to: day("2026-04-28"),
        part: 0,
    };
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
}

#[tokio::test]
async fn without_codes_every_listed_one_is_meant_and_the_end_is_the_last_day_that_is_over() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let all = accepted(with_body(&app, r#"{"source":"tushare","from":"2016-01-04"}"#, "r1").await).await;
    assert_eq!((&all["to"], &all["codes"]), (&"2026-04-29".into(), &Value::Null));
    // Neither an index nor a fund is in the list of shares.
    let index = accepted(with_query(&app, "source=tdx&from=20160104&codes=000300.SH,510300.SH", "r2").await).await;
    assert_eq!(index["codes"], 2);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_before_the_queue_is_asked() {
    let app = TestApp::start().await;
    for (query, kind, field, told) in [
        ("", "missing-parameter", "source", "`source` is required, for example source=tdx"),
        ("source=yahoo&from=20160104", "invalid-parameter", "source", "`yahoo` is no source of whole histories"),
        ("source=tdx", "missing-parameter", "from", "`from` is required, for example from=2016-01-04"),
        ("source=tdx&from=2016", "invalid-parameter", "from", "`2016` is not a date: write YYYY-MM-DD or YYYYMMDD"),
        (
            "source=tdx&from=20160104&to=soon",
            "invalid-parameter",
            "to",
            "`soon` is not a date: write YYYY-MM-DD or YYYYMMDD",
        ),
        ("source=tdx&from=20160104&to=20160103", "invalid-parameter", "from", "from 2016-01-04 is after to 2016-01-03"),
        (
            "source=tdx&from=20160104&to=2027-01-04",
            "invalid-parameter",
            "to",
            "2027-01-04 is in the future; it is 2026-04-29 in Shanghai",
        ),
        (
            "source=tdx&from=20160104&codes=600000.SH,600519.SH,000002.SZ",
            "invalid-parameter",
            "codes",
            "the warehouse has no instrument 000002.SZ, 600000.SH",
        ),
        (
            "source=tdx&from=20160104&codes=0700.HK",
            "invalid-parameter",
            "codes",
            "tdx has no history of 0700.HK: only SH, SZ and BJ",
        ),
        (
            "source=tdx&from=20160104&codes=600519.SH,",
            "invalid-parameter",
            "codes",
            "`` is not a code: write 600519.SH, 000001.SZ or 920799.BJ, abroad 0700.HK, AAPL.US, GSPC.IDX or USDCNY.FX",
        ),
        (
            "source=tdx&form=20160104",
            "unknown-parameter",
            "form",
            "there is no parameter `form` here: did you mean `from`?",
        ),
    ] {
        let problem = problem(with_query(&app, query, "r1").await).await;
        let text = |member: &str| problem[member].as_str().unwrap_or_default().to_owned();
        assert_eq!((problem["status"].as_u64(), text("field").as_str()), (Some(400), field), "{query}");
        assert_eq!((text("type").trim_start_matches("urn:twilight:problem:"), text("detail").as_str()), (kind, told));
    }
    let source = problem(with_query(&app, "source=bloomberg&from=20160104", "r1").await).await;
    assert_eq!(source["allowed"], json!(["tdx", "tushare"]));
    let bare = problem(with_query(&app, "source=tdx&from=20160104&codes=000001", "r1").await).await;
    assert_eq!((&bare["field"], &bare["candidates"][0]["code"]), (&"codes".into(), &"000001.SZ".into()));
}

#[tokio::test]
async fn a_body_that_is_not_what_is_expected_is_refused() {
    let app = TestApp::start().await;
    for (body, told) in [
        (
            r#"{"source":"tdx","since":"2016-01-04"}"#,
            "unknown field `since`, expected one of `source`, `from`, `to`, `codes`",
        ),
        (r#"{"source":["tdx"]}"#, "invalid type: sequence, expected a string"),
        (r#"{"source":"tdx""#, "EOF while parsing an object"),
        ("tdx", "expected"),
    ] {
        let problem = problem(with_body(&app, body, "r1").await).await;
        assert_eq!((problem["status"].as_u64(), &problem["field"]), (Some(400), &"body".into()), "{body}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
    let both = app.request(Method::POST, &format!("{PATH}?source=tdx")).bearer_auth(OPERATOR).body("{}").send().await;
    assert_eq!(problem(both.unwrap()).await["detail"], "give a body or parameters, not both");
    let huge = problem(with_body(&app, " ".repeat((1 << 20) + 1), "r1").await).await;
    assert_eq!(huge["status"], 413);
}

#[tokio::test]
async fn it_needs_the_admin_scope_and_a_queue() {
    let app = TestApp::start().await;
    let reader = app.request(Method::POST, &format!("{PATH}?source=tdx&from=20160104")).bearer_auth(READER);
    assert_eq!(problem(reader.send().await.unwrap()).await["status"], 403);
    let away = problem(with_query(&app, "source=tdx&from=20160104", "r1").await).await;
    assert_eq!(away["type"], "urn:twilight:problem:queue-unreachable");
}
