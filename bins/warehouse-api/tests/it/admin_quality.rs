//! `POST /admin/quality/check`.

use job_queue::{
    Broker, Queue,
    payload::{QualityJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{
    app::{OPERATOR, READER, TestApp, problem},
    market::day,
};

const PATH: &str = "/admin/quality/check";

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = daemon_kit::config::Secret::new(url)).start().await
}

async fn ask(app: &TestApp, query: &str, body: &str, request_id: &str) -> Response {
    let request = app.request(Method::POST, &format!("{PATH}{query}")).bearer_auth(OPERATOR);
    request.header("x-request-id", request_id).body(body.to_owned()).send().await.unwrap()
}

async fn accepted(response: Response) -> Value {
    let (status, body) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 202, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn days_and_the_whole_history_are_asked_for_by_body_or_parameters() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let one = accepted(ask(&app, "", r#"{"dates":["20260428"]}"#, "r1").await).await;
    let job_id = "check_generation@2026-04-28#r1";
    assert_eq!(one, json!({"job_id": job_id, "state": "queued", "generation": 1, "dates": ["2026-04-28"]}));
    let twin = accepted(ask(&app, "?dates=2026-04-28", "", "r2").await).await;
    assert_eq!((&twin["state"], &twin["with"]), (&"coalesced".into(), &job_id.into()));
    let two = accepted(ask(&app, "?dates=2026-04-28,20260427,2026-04-28", "", "r3").await).await;
    assert_eq!(two["dates"], json!(["2026-04-27", "2026-04-28"]));
    let all = accepted(ask(&app, "", r#"{"all":true}"#, "r4").await).await;
    assert_eq!((&all["job_id"], &all["dates"]), (&"check_generation#r4".into(), &Value::Null));

    let broker = Broker::connect(&redis.url()).unwrap();
    let queue: Queue<QualityJob> = Queue::new(&broker, queue_name::QUALITY).unwrap();
    let expected = QualityJob::CheckGeneration { generation: Some(1), dates: Some(vec![day("2026-04-28")]) };
    let job = queue.show(job_id).await.unwrap();
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
    let expected = QualityJob::CheckGeneration { generation: Some(1), dates: None };
    let job = queue.show("check_generation#r4").await.unwrap();
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
}

#[tokio::test]
async fn what_cannot_be_checked_is_refused() {
    let app = TestApp::start().await;
    let year: Vec<String> = (1..=251).map(|n| (day("2025-01-01") + chrono::Days::new(n)).to_string()).collect();
    for (query, body, kind, field, told) in [
        ("", "", "missing-parameter", "dates", "`dates` is required, for example dates=2026-04-30, or all=true"),
        ("?all=false", "", "missing-parameter", "dates", "`dates` is required"),
        ("?all=maybe", "", "invalid-parameter", "all", "`maybe` is no value of `all`"),
        ("?dates=monday", "", "invalid-parameter", "dates", "`monday` is not a date"),
        ("?dates=2026-04-30", "", "invalid-parameter", "dates", "2026-04-30 is in the future; it is 2026-04-29"),
        ("?dates=2026-04-28&all=true", "", "invalid-parameter", "all", "give dates or all=true, not both"),
        ("?day=2026-04-28", "", "unknown-parameter", "day", "there is no parameter `day` here"),
        ("?all=true", r#"{"all":true}"#, "invalid-parameter", "query", "give a body or parameters, not both"),
        ("", r#"{"dates":[]}"#, "invalid-parameter", "dates", "name 1 to 250 days, or all=true; these are 0"),
        ("", r#"{"date":"2026-04-28"}"#, "invalid-parameter", "body", "unknown field `date`"),
        (&format!("?dates={}", year.join(",")), "", "invalid-parameter", "dates", "these are 251"),
    ] {
        let problem = problem(ask(&app, query, body, "r1").await).await;
        assert_eq!((problem["status"].as_u64(), &problem["field"]), (Some(400), &field.into()), "{problem}");
        assert_eq!(problem["type"], format!("urn:twilight:problem:{kind}"));
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
}

#[tokio::test]
async fn it_needs_the_admin_scope_a_generation_and_a_queue() {
    let app = TestApp::start().await;
    let reader = app.request(Method::POST, &format!("{PATH}?all=true")).bearer_auth(READER);
    assert_eq!(problem(reader.send().await.unwrap()).await["status"], 403);
    let away = problem(ask(&app, "?all=true", "", "r1").await).await;
    assert_eq!(away["type"], "urn:twilight:problem:queue-unreachable");
    let empty = tempfile::tempdir().unwrap();
    let app = TestApp::over(&empty.path().join("published")).start().await;
    let nothing = problem(ask(&app, "?all=true", "", "r1").await).await;
    assert_eq!(nothing["type"], "urn:twilight:problem:no-generation-yet");
}
