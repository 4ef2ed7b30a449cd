//! A finding's way: log, alert, correction, resolution, and no way back to another check.

use job_queue::{Queue, payload::QualityJob};
use system_tests::{Http, Stage, eventually, recent_market};
use upstream_simulators::{AlertFault, AlertReceiver};
use warehouse::{Reader, ReaderOptions};

use super::kit::{CODES, expected, ingest, log, open, settled, stage, tdx_says, told, wrong_close};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_close_is_logged_alerted_once_and_resolved_by_its_correction() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let (right, wrong) = wrong_close(&stage);
    tdx_says(&stage, &wrong);
    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    ingest(&stage).await;
    eventually("the wrong close is in the log", async || (open(&http).await == expected(&right)).then_some(())).await;
    let finding = log(&http, "check=cross_source&open=true").await.swap_remove(0);
    assert_eq!(finding["severity"], "warning");
    let said = finding["details"].to_string() + finding["message"].as_str().unwrap();
    assert!(said.contains(&right.close.to_string()) && said.contains(&wrong.close.to_string()), "{finding}");
    eventually("somebody is told", async || (!told(&receiver, "cross_source").is_empty()).then_some(())).await;

    tdx_says(&stage, &right);
    stage.fetch("tdx", right.trade_date).await;
    eventually("the finding is closed", async || open(&http).await.is_empty().then_some(())).await;
    let closed = log(&http, "check=cross_source").await;
    assert_eq!((closed.len(), &closed[0]["id"]), (1, &finding["id"]), "the same finding: {closed:?}");
    assert!(closed[0]["closed_at"].is_string());
    eventually("that it is over is told", async || (told(&receiver, "cross_source").len() == 2).then_some(())).await;
    assert_eq!(told(&receiver, "cross_source"), [("firing".to_owned(), 1), ("resolved".to_owned(), 0)]);
    assert_eq!(receiver.messages().len(), 2, "nothing else was said: {:?}", receiver.messages());
    judge.stop().await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_survives_a_receiver_that_is_down_and_a_judge_that_dies_meanwhile() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let (right, wrong) = wrong_close(&stage);
    tdx_says(&stage, &wrong);
    receiver.go_down().await;
    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    ingest(&stage).await;
    eventually("the log has it", async || (open(&http).await == expected(&right)).then_some(())).await;
    settled(&stage).await;
    judge.kill();
    let judge = stage.judge().await;
    receiver.next(1, AlertFault::Status(500));
    receiver.come_back().await.unwrap();
    eventually("somebody is told at last", async || (!told(&receiver, "cross_source").is_empty()).then_some(())).await;
    assert_eq!(told(&receiver, "cross_source"), [("firing".to_owned(), 1)]);
    assert!(receiver.attempts().len() > receiver.messages().len(), "the first was refused");
    judge.stop().await;
    worker.stop().await;
}

/// How many checks there have been.
async fn checks(queue: &Queue<QualityJob>) -> u64 {
    let stats = queue.stats().await.unwrap();
    stats.waiting + stats.delayed + stats.running + stats.done + stats.dead
}

fn generation(stage: &Stage) -> u64 {
    let reader = Reader::open(stage.published(), ReaderOptions::default()).unwrap();
    reader.current().map_or(0, |generation| generation.number())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_findings_starts_no_check() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let (right, wrong) = wrong_close(&stage);
    tdx_says(&stage, &wrong);
    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    ingest(&stage).await;
    eventually("the finding is published", async || (open(&http).await == expected(&right)).then_some(())).await;
    settled(&stage).await;
    let before = checks(&stage.checks).await;
    assert!((1..=3).contains(&before), "{before} checks of three commits");
    let finding = log(&http, "check=cross_source").await.swap_remove(0);
    assert!(generation(&stage) > finding["generation"].as_u64().unwrap(), "published for the findings' sake");

    stage.fetch("tushare", stage.days(3)[0]).await;
    eventually("the next day is checked", async || (checks(&stage.checks).await > before).then_some(())).await;
    settled(&stage).await;
    assert_eq!(checks(&stage.checks).await, before + 1, "one check of one commit, none of any publish in between");
    judge.stop().await;
    worker.stop().await;
}
