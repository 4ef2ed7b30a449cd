//! `/console/jobs`: queues and dead letters, over a real Redis and without one.

use std::time::Duration;

use daemon_kit::config::Secret;
use job_queue::{
    Broker, JobContext, JobError, JobState, Push, Queue, WorkerOptions, Workers, payload::queue_name,
    private_redis::RedisServer,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;
use warehouse::{FinishedJob, StatusFile, write_status};

use crate::{
    app::{Market, TestApp, eventually},
    market::published_at,
    pages::Operator,
};

const HOSTILE: &str = "vendor said <img src=x onerror=alert(1)>";

async fn over(redis: &RedisServer) -> TestApp {
    let url = redis.url();
    TestApp::shared().with(|config| config.queue.redis_url = Secret::new(url)).start().await
}

fn queue(redis: &RedisServer, name: &str) -> Queue<Value> {
    Queue::new(&Broker::connect(&redis.url()).unwrap(), name).unwrap()
}

/// Pushes jobs of these ids and lets each die.
async fn dead_letters(queue: &Queue<Value>, ids: &[&str]) {
    for id in ids {
        let payload =
            json!({"version": 1, "job": "fetch_daily_market", "source": "tushare", "trade_date": "2026-04-15"});
        queue.push(Push::id(id), &payload).await.unwrap();
    }
    let mut workers = Workers::new();
    workers.mount(queue, WorkerOptions::default(), |_: Value, _: JobContext| async {
        Err::<(), _>(JobError::fatal(HOSTILE))
    });
    let working = tokio::spawn(workers.run(std::future::pending()));
    let count = ids.len() as u64;
    eventually("they are dead", async || queue.stats().await.unwrap().dead == count).await;
    working.abort();
}

#[tokio::test]
async fn a_dead_letter_is_looked_at_sent_again_and_given_up_on() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let ingest = queue(&redis, queue_name::INGEST);
    let (one, two, three) = ("fetch_daily_market@2026-04-15#r1", "fetch_daily_market@2026-04-16#a/b", "compact#3");
    dead_letters(&ingest, &[one, two, three]).await;
    let mut operator = Operator::log_in(&app, "en").await;
    let all = operator.page("/console/jobs?wait=true").await;
    for name in queue_name::ALL {
        assert!(all.contains(&format!("href=\"/console/jobs/{name}\"")), "{name}");
    }
    assert!(all.contains("<span class=\"badge bad\">3</span>") && all.contains("ingest-worker"), "{all}");

    let list = operator.page("/console/jobs/ingest").await;
    assert!(list.contains(one) && list.contains("vendor said &lt;img") && !list.contains("<img"), "{list}");
    // Chosen by its address, whatever the id is made of.
    let job = operator.page("/console/jobs/ingest/job/fetch_daily_market@2026-04-16%23a%2Fb").await;
    assert!(list.contains("/console/jobs/ingest/job/fetch_daily_market@2026-04-16%23a%2Fb"));
    assert!(job.contains(two) && job.contains("2026-04-15") && job.contains("fetch_daily_market"), "{job}");

    let after = operator.done("/console/jobs/ingest/retry", &[("id", one)]).await;
    assert!(after.contains(&format!("Sent again: {one}")), "{after}");
    assert_eq!(ingest.show(one).await.unwrap().summary.state, JobState::Waiting);
    let twice = operator.done("/console/jobs/ingest/retry", &[("id", one)]).await;
    assert!(twice.contains("is waiting, not dead: nothing was changed"), "{twice}");

    let after = operator.done("/console/jobs/ingest/forget", &[("id", three)]).await;
    assert!(after.contains("Forgotten: compact#3"), "{after}");
    assert!(ingest.show(three).await.is_err());
    let gone = operator.done("/console/jobs/ingest/forget", &[("id", three)]).await;
    assert!(gone.contains("The queue has no job compact#3 any more."), "{gone}");

    let after = operator.done("/console/jobs/ingest/retry-all", &[]).await;
    assert!(after.contains("Dead letters sent again: 1") && after.contains("There is no dead letter."), "{after}");
    let waiting = operator.page("/console/jobs/ingest?state=waiting").await;
    assert!(waiting.contains(one) && waiting.contains(two) && !waiting.contains("/retry\""), "{waiting}");
}

#[tokio::test]
async fn a_long_list_of_dead_letters_has_pages_that_stay_small() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let quality = queue(&redis, queue_name::QUALITY);
    let ids: Vec<String> = (0..30).map(|n| format!("check_generation@2026-04-{n:02}#{}", "x".repeat(150))).collect();
    dead_letters(&quality, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut operator = Operator::log_in(&app, "zh-CN").await;
    let first = operator.page("/console/jobs/quality").await;
    assert_eq!(first.matches("/console/jobs/quality/forget").count(), 25);
    let second = operator.page("/console/jobs/quality?state=dead&from=25").await;
    assert_eq!(second.matches("/console/jobs/quality/forget").count(), 5);
}

#[tokio::test]
async fn queues_that_are_away_are_said_so_and_hold_up_no_page() {
    let market = Market::new();
    let run = FinishedJob {
        job_id: "fetch_reference#r1".to_owned(),
        kind: "fetch_reference".to_owned(),
        started_at: published_at(),
        finished_at: published_at() + chrono::TimeDelta::milliseconds(1_250),
        outcome: "failed".to_owned(),
        rows: 5_478,
        message: Some(HOSTILE.to_owned()),
    };
    let status =
        StatusFile { recent_runs: vec![run], ..serde_json::from_value(json!({"updated_at": published_at()})).unwrap() };
    write_status(&market.published(), &status).unwrap();
    let app = TestApp::over(&market.published()).start().await;
    let mut operator = Operator::log_in(&app, "en").await;
    let began = Instant::now();
    let page = operator.page("/console/jobs").await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(page.contains("data-live=\"/console/jobs/queues\"") && page.contains("asking"), "{page}");
    assert!(page.contains("1.250 s") && page.contains("5,478") && page.contains("vendor said &lt;img"), "{page}");
    let part = operator.page("/console/jobs/queues").await;
    assert_eq!(part.matches("badge bad\">unreachable").count(), 5, "{part}");
    let list = operator.page("/console/jobs/ingest").await;
    assert!(list.contains("unreachable"), "{list}");
    let retried = operator.done("/console/jobs/ingest/retry", &[("id", "compact#1")]).await;
    assert!(retried.contains("The queue did not do it"), "{retried}");
}

#[tokio::test]
async fn what_there_is_not_is_refused_by_name() {
    let redis = RedisServer::start().await.unwrap();
    let app = over(&redis).await;
    let mut operator = Operator::log_in(&app, "en").await;
    for (path, status, told) in [
        ("/console/jobs/mails", StatusCode::NOT_FOUND, "warehouse-write"),
        ("/console/jobs/ingest?state=lost", StatusCode::BAD_REQUEST, "<code>state</code>"),
        ("/console/jobs/ingest?from=-1", StatusCode::BAD_REQUEST, "<code>from</code>"),
        ("/console/jobs/ingest/job/compact%23none", StatusCode::NOT_FOUND, "compact#none"),
        ("/console/jobs?wait=maybe", StatusCode::BAD_REQUEST, "<code>wait</code>"),
    ] {
        let (answered, page) = operator.get(path).await;
        assert!(answered == status && page.contains(told), "{path}: {answered} {page}");
    }
    let response = operator.post("/console/jobs/ingest/retry", &[]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.text().await.unwrap().contains("<code>id</code>"));
}
