//! The operator's command line against a running system: jobs from the request to the result, and generations.

use std::{process::Command, time::Duration};

use chrono::NaiveDate;
use job_queue::{JobState, payload::IngestJob};
use serde_json::Value;
use system_tests::{Answer, Stage, market, run};
use upstream_simulators::{Fault, tushare::Refusal};

const BOUND: Duration = Duration::from_secs(60);

async fn twilight(stage: &Stage, words: &str) -> Answer {
    let mut command: Command = stage.command("twilight");
    command.args(words.split_whitespace());
    run(command, BOUND).await
}

/// What a command that must succeed said.
async fn told(stage: &Stage, words: &str) -> String {
    let answer = twilight(stage, words).await;
    assert_eq!(answer.code, Some(0), "twilight {words}: {answer:?}");
    answer.stdout
}

/// The error of a command that must fail with exit code 1.
async fn refused(stage: &Stage, words: &str) -> String {
    let answer = twilight(stage, words).await;
    assert_eq!(answer.code, Some(1), "twilight {words}: {answer:?}");
    assert!(answer.stderr.starts_with("twilight: "), "{answer:?}");
    format!("{}{}", answer.stdout, answer.stderr)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_enqueued_awaited_listed_and_published() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;
    let day = stage.days(1)[0];

    let said = told(&stage, &format!("enqueue fetch-daily-market --date {day} --wait")).await;
    assert!(said.contains(&format!("queued fetch_daily_market@{day}#")) && said.contains("done: "), "{said}");
    let said = told(&stage, "enqueue compact --wait").await;
    assert!(said.contains("\"base\":1"), "{said}");

    let stats = json(&told(&stage, "jobs stats --json").await);
    assert_eq!((&stats["dead"], &stats["workers"]), (&Value::from(0), &Value::from(1)), "{stats}");
    let page = json(&told(&stage, "jobs list --state done --json").await);
    let ids: Vec<&str> = page["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
    let id = ids.iter().find(|id| id.starts_with("fetch_daily_market@")).unwrap();
    let job = json(&told(&stage, &format!("jobs show {id}")).await);
    assert_eq!((&job["state"], &job["payload"]["trade_date"]), (&"done".into(), &day.to_string().into()), "{job}");

    let generations = json(&told(&stage, "generations list --json").await);
    let newest = &generations[0];
    assert_eq!(newest["current"], true);
    assert_eq!(newest["manifest"]["last_trade_date"], day.to_string());
    assert_eq!(newest["manifest"]["base"]["number"], 1, "the compaction is published");
    let said = told(&stage, "generations verify").await;
    assert!(said.contains("whole"), "{said}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_in_a_published_file_is_found_and_named() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;
    stage.done(&stage.ask_for(&stage.days(1)).await).await;
    stage.done(&[stage.ask(&IngestJob::Compact).await]).await;
    worker.stop().await;
    let generations = json(&told(&stage, "generations list --json").await);
    let manifest = &generations[0]["manifest"];
    for file in [&manifest["tail"], &manifest["base"]["database"], &manifest["base"]["series"]] {
        let name = file["name"].as_str().unwrap();
        let path = stage.published().join(name);
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let said = refused(&stage, "generations verify").await;
        assert!(said.contains(name) && said.contains("is damaged"), "{name}: {said}");
        std::fs::write(&path, whole).unwrap();
    }
    told(&stage, "generations verify").await;
    let said = refused(&stage, "generations verify 4711").await;
    assert!(said.contains("gen-004711.json"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_job_is_listed_with_its_error_and_runs_once_it_is_sent_again() {
    let stage = Stage::new(&market(20, 3)).await;
    stage.vendors.tushare.faults().always("", Fault::Refuse(Refusal::BadToken));
    let worker = stage.worker().await;
    let day = stage.days(1)[0];
    let said = refused(&stage, &format!("enqueue fetch-daily-market --date {day} --wait")).await;
    assert!(said.contains("failed: "), "{said}");

    let page = json(&told(&stage, "jobs list --json").await);
    let dead = page["jobs"].as_array().unwrap();
    let of_the_day = |job: &&Value| job["id"].as_str().is_some_and(|id| id.contains(&day.to_string()));
    let job = dead.iter().find(of_the_day).unwrap();
    assert!(!job["error"].as_str().unwrap().contains(upstream_simulators::vendors::TUSHARE_TOKEN), "{job}");
    let id = job["id"].as_str().unwrap();

    stage.vendors.tushare.faults().clear();
    told(&stage, &format!("jobs retry {id}")).await;
    stage.reaches(id, JobState::Done).await;
    told(&stage, "jobs retry --all").await;
    let said = refused(&stage, &format!("jobs retry {id}")).await;
    assert!(said.contains("done"), "{said}");
    let said = refused(&stage, "jobs show no-such-job").await;
    assert!(said.contains("no-such-job"), "{said}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_or_a_source_that_does_not_exist_is_refused_with_the_reason() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;

    let answer = twilight(&stage, "enqueue fetch-daily-market --date 2024-02-30").await;
    assert_eq!(answer.code, Some(2), "the command line is wrong: {answer:?}");
    assert!(answer.stderr.contains("2024-02-30"), "{answer:?}");

    let said = refused(&stage, "enqueue fetch-daily-market --date 2999-01-04 --wait").await;
    assert!(said.contains("2999-01-04 lies in the future"), "{said}");
    let said = refused(&stage, "enqueue fetch-daily-market --date 2024-12-31 --source nowhere --wait").await;
    assert!(said.contains("source `nowhere` is not configured") && said.contains("[tushare]"), "{said}");

    let sunday = NaiveDate::from_ymd_opt(2024, 12, 29).unwrap();
    let said = told(&stage, &format!("enqueue fetch-daily-market --date {sunday} --wait")).await;
    assert!(said.contains("is not a trading day"), "{said}");
    worker.stop().await;
}
