//! `POST /admin/quarantine/release` and `…/discard`.

use job_queue::{
    Broker, Queue,
    payload::{Decision, WarehouseWriteJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::app::{ADMIN, OPERATOR, READER, TestApp, problem};

const RELEASE: &str = "/admin/quarantine/release";
const DISCARD: &str = "/admin/quarantine/discard";

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = daemon_kit::config::Secret::new(url)).start().await
}

async fn decide(app: &TestApp, path: &str, body: &Value, token: &str, request_id: &str) -> Response {
    let request = app.request(Method::POST, path).bearer_auth(token).header("x-request-id", request_id);
    request.body(body.to_string()).send().await.unwrap()
}

async fn accepted(response: Response) -> Value {
    let (status, body) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, 202, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_decision_is_sent_to_the_writer_in_the_name_of_the_token() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let body = json!({"ids": ["b2", "a1", "b2"], "note": " the vendor confirmed it\n", "force": true});
    let release = accepted(decide(&app, RELEASE, &body, OPERATOR, "r1").await).await;
    assert_eq!(release, json!({"job_id": "release_quarantine#r1", "state": "queued", "ids": 2, "by": "operator"}));
    let discard = accepted(decide(&app, DISCARD, &json!({"ids": ["c3"]}), ADMIN, "r1").await).await;
    assert_eq!(discard, json!({"job_id": "discard_quarantine#r1", "state": "queued", "ids": 1, "by": "admin"}));
    let again = accepted(decide(&app, RELEASE, &body, OPERATOR, "r1").await).await;
    assert_eq!((&again["state"], &again["job_state"]), (&"duplicate".into(), &"waiting".into()));
    let other = accepted(decide(&app, RELEASE, &body, OPERATOR, "r2").await).await;
    assert_eq!(other["state"], "queued", "every decision is in the audit");

    let broker = Broker::connect(&redis.url()).unwrap();
    let queue: Queue<WarehouseWriteJob> = Queue::new(&broker, queue_name::WAREHOUSE_WRITE).unwrap();
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let (note, by) = ("the vendor confirmed it".to_owned(), "operator".to_owned());
    let expected = WarehouseWriteJob::ReleaseQuarantine(Decision { ids: ids(&["a1", "b2"]), by, note, force: true });
    let job = queue.show("release_quarantine#r1").await.unwrap();
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
    let (note, by) = (String::new(), "admin".to_owned());
    let expected = WarehouseWriteJob::DiscardQuarantine(Decision { ids: ids(&["c3"]), by, note, force: false });
    let job = queue.show("discard_quarantine#r1").await.unwrap();
    assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
}

#[tokio::test]
async fn a_decision_that_nobody_could_carry_out_is_refused() {
    let app = TestApp::start().await;
    let many: Vec<String> = (0..1_001).map(|number| format!("{number:032}")).collect();
    for (path, body, field, told) in [
        (RELEASE, json!({}), "ids", "`ids` is required"),
        (RELEASE, json!({"ids": []}), "ids", "name 1 to 1000 ids; these are 0"),
        (DISCARD, json!({"ids": many}), "ids", "name 1 to 1000 ids; these are 1001"),
        (RELEASE, json!({"ids": ["../a"]}), "ids", "`../a` is no id"),
        (RELEASE, json!({"ids": ["a1"], "note": "x".repeat(2_001)}), "note", "longer than 2000 characters"),
        (RELEASE, json!({"ids": "a1"}), "body", "expected a sequence"),
        (RELEASE, json!({"ids": ["a1"], "by": "somebody else"}), "body", "unknown field `by`"),
        (DISCARD, json!({"ids": ["a1"], "force": true}), "body", "unknown field `force`"),
    ] {
        let problem = problem(decide(&app, path, &body, OPERATOR, "r1").await).await;
        assert_eq!((problem["status"].as_u64(), &problem["field"]), (Some(400), &field.into()), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{problem}");
    }
    let empty = app.request(Method::POST, DISCARD).bearer_auth(OPERATOR).send().await.unwrap();
    assert_eq!(problem(empty).await["detail"], "send a JSON object with the ids");
    let huge = app.request(Method::POST, RELEASE).bearer_auth(OPERATOR).body(" ".repeat((1 << 20) + 1));
    assert_eq!(problem(huge.send().await.unwrap()).await["status"], 413);
}

#[tokio::test]
async fn it_needs_the_admin_scope_and_a_queue() {
    let app = TestApp::start().await;
    for path in [RELEASE, DISCARD] {
        let body = json!({"ids": ["a1"]});
        assert_eq!(problem(decide(&app, path, &body, READER, "r1").await).await["status"], 403);
        let away = problem(decide(&app, path, &body, OPERATOR, "r1").await).await;
        assert_eq!((&away["status"], &away["type"]), (&503.into(), &"urn:twilight:problem:queue-unreachable".into()));
    }
}
