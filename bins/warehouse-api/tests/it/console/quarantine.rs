//! `/console/quarantine`: refused rows, and decisions about them.

use daemon_kit::config::Secret;
use job_queue::{
    Broker, JobState, Queue,
    payload::{Decision, WarehouseWriteJob, queue_name},
    private_redis::RedisServer,
};
use reqwest::{StatusCode, header};

use crate::{
    app::TestApp,
    findings::{decided, quarantined_with},
    pages::Operator,
};

const RELEASE: &str = "/console/quarantine/release";
const DISCARD: &str = "/console/quarantine/discard";

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    quarantined_with(|config| config.queue.redis_url = Secret::new(url)).await
}

/// The ids of the rows that may be ticked.
fn ids(page: &str) -> Vec<String> {
    let boxes = page.split("name=\"id\" value=\"").skip(1);
    boxes.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn rows_that_are_ticked_are_released_with_a_reason_under_the_operators_name() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let mut operator = Operator::log_in(&app, "en").await;
    let page = operator.page("/console/quarantine").await;
    let ids = ids(&page);
    assert!(ids.len() == 2 && page.contains("平安银行") && page.contains("T00018.SH"), "{page}");

    let fields =
        [("id", ids[0].as_str()), ("id", &ids[1]), ("note", " the vendor <b>confirmed</b> it "), ("force", "yes")];
    let after = operator.done(RELEASE, &fields).await;
    assert!(
        after.contains("Release of 2 rows asked for") && after.contains("release asked for by operator"),
        "{after}"
    );
    let one = operator.done(DISCARD, &[("id", &ids[0]), ("note", "a test row"), ("back", "entry")]).await;
    assert!(one.contains("Discarding 1 row asked for") && one.contains("Meant for"), "{one}");

    let queue: Queue<serde_json::Value> =
        Queue::new(&Broker::connect(&redis.url()).unwrap(), queue_name::WAREHOUSE_WRITE).unwrap();
    let jobs = queue.list(JobState::Waiting, 0, 10).await.unwrap().jobs;
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    let by = || "operator".to_owned();
    let expected = [
        WarehouseWriteJob::ReleaseQuarantine(Decision {
            ids: sorted,
            by: by(),
            note: "the vendor <b>confirmed</b> it".to_owned(),
            force: true,
        }),
        WarehouseWriteJob::DiscardQuarantine(Decision {
            ids: vec![ids[0].clone()],
            by: by(),
            note: "a test row".to_owned(),
            force: false,
        }),
    ];
    assert_eq!(jobs.len(), 2);
    for (job, expected) in jobs.iter().zip(expected) {
        let payload = queue.show(&job.id).await.unwrap().payload;
        assert_eq!(payload, Some(serde_json::to_value(expected).unwrap()));
    }
}

#[tokio::test]
async fn a_row_is_shown_with_what_the_vendor_sent() {
    let app = quarantined_with(|_| {}).await;
    let mut operator = Operator::log_in(&app, "zh-CN").await;
    let list = operator.page("/console/quarantine?code=000001.SZ").await;
    let page = operator.page(&format!("/console/quarantine/{}", ids(&list)[0])).await;
    for text in [
        "<code>nonpositive_price</code>",
        "价格为零、为负或不是数字",
        "<code>close</code>",
        "20260428",
        "待处理",
        "放行",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(operator.page("/console/quarantine?state=released").await.contains("没有符合条件的行"));
}

#[tokio::test]
async fn a_decision_without_a_row_or_a_reason_is_refused_and_an_absent_queue_is_told() {
    let app = quarantined_with(|_| {}).await;
    let mut operator = Operator::log_in(&app, "en").await;
    let ids = ids(&operator.page("/console/quarantine").await);
    let long = "x".repeat(2_001);
    for (fields, field) in [
        (vec![("note", "why")], "id"),
        (vec![("id", ids[0].as_str())], "note"),
        (vec![("id", &ids[0]), ("note", "  ")], "note"),
        (vec![("id", &ids[0]), ("note", &long)], "note"),
        (vec![("id", "../a"), ("note", "why")], "ids"),
        (vec![("id", &ids[0]), ("note", "why"), ("by", "somebody else")], "by"),
    ] {
        let response = operator.post(RELEASE, &fields).await;
        let (status, page) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, StatusCode::BAD_REQUEST, "{fields:?}");
        assert!(page.contains(&format!("<code>{field}</code>")), "{fields:?}: {page}");
    }
    let response = operator.post(DISCARD, &[("id", &ids[0]), ("note", "why")]).await;
    assert_eq!(
        (response.status(), &response.headers()[header::LOCATION]),
        (StatusCode::SEE_OTHER, &"/console/quarantine".parse().unwrap())
    );
    let page = operator.page("/console/quarantine").await;
    assert!(page.contains("The job queue did not answer") && !page.contains("asked for by"), "{page}");
    let (status, _) = operator.get("/console/quarantine/nobody").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_decided_row_says_who_decided_when_and_why_and_cannot_be_decided_again() {
    let app = decided().await;
    let mut operator = Operator::log_in(&app, "en").await;
    assert!(operator.page("/console/quarantine").await.contains("There are no such rows."));
    let list = operator.page("/console/quarantine?state=discarded").await;
    assert!(ids(&list).is_empty() && !list.contains("name=\"note\""), "{list}");
    let (_, rest) = list.split_once("href=\"/console/quarantine/").unwrap();
    let page = operator.page(&format!("/console/quarantine/{}", rest.split('"').next().unwrap())).await;
    assert!(page.contains("night shift") && page.contains("2026-04-29 19:03:00"), "{page}");
    assert!(page.contains("&lt;i&gt;a test row&lt;/i&gt;") && !page.contains("name=\"note\""), "{page}");
    // The decision itself is a fact in the log.
    let log = operator.page("/console/findings?check=quarantine_discarded&state=all").await;
    assert!(log.contains("href=\"/console/findings/") && log.contains("info"), "{log}");
}
