//! `kill -9` of the judge at every step, and of everything at once with a Redis that forgets.

use std::collections::BTreeSet;

use market_model::DailyBar;
use system_tests::{Http, Stage, eventually, recent_market};
use upstream_simulators::AlertReceiver;

use super::kit::{CODES, expected, ingest, log, open, settled, stage, tdx_says, told, wrong_close};
use crate::redis_faults::flush;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judge_killed_behind_its_check_leaves_the_log_and_the_alert_of_an_undisturbed_run() {
    let market = recent_market(CODES, 4);
    for step in ["QualityCheckRecorded", "QualityAlertSent"] {
        let receiver = AlertReceiver::start().await.unwrap();
        let stage = stage(&market, &receiver).await;
        let (right, wrong) = wrong_close(&stage);
        tdx_says(&stage, &wrong);
        let (worker, api) = (stage.worker().await, stage.api().await);
        let http = Http::new(&api.url);
        let dying = stage.judge_dying_at(step).await;
        ingest(&stage).await;
        dying.dies_by_sigkill().await;
        let judge = stage.judge().await;
        eventually(&format!("{step}: the log says what it should"), async || {
            (open(&http).await == expected(&right)).then_some(())
        })
        .await;
        eventually(&format!("{step}: somebody is told"), async || {
            (!told(&receiver, "cross_source").is_empty()).then_some(())
        })
        .await;
        settled(&stage).await;
        assert_eq!(log(&http, "check=cross_source").await.len(), 1, "{step}");
        assert_eq!(told(&receiver, "cross_source"), [("firing".to_owned(), 1)], "{step}");
        judge.stop().await;
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_flushed_redis_forgot_to_check_is_checked_when_all_start_again() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let (right, wrong) = wrong_close(&stage);
    tdx_says(&stage, &wrong);
    let worker = stage.worker().await;
    ingest(&stage).await;
    eventually("a check waits for somebody", async || (stage.checks.stats().await.unwrap().waiting > 0).then_some(()))
        .await;
    worker.kill();
    flush(&stage.redis).await;

    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    eventually("what was due is checked", async || (open(&http).await == expected(&right)).then_some(())).await;
    judge.stop().await;
    worker.stop().await;
}

/// Days of which TDX tells every close wrongly: more findings than one part holds.
const WRONG_DAYS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judge_killed_between_two_parts_leaves_every_finding_once_and_one_message() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, WRONG_DAYS as u64 + 1), &receiver).await;
    let wrong = wrong_closes(&stage);
    assert!(wrong.len() > 500, "{} findings fit into one part", wrong.len());
    let (worker, api) = (stage.worker().await, stage.api().await);
    for day in stage.days(WRONG_DAYS) {
        stage.fetch("tushare", day).await;
        stage.fetch("tdx", day).await;
    }
    stage.judge_dying_at("QualityPartPushed").await.dies_by_sigkill().await;
    let judge = stage.judge().await;
    let http = Http::new(&api.url);
    eventually("every wrong close is in the log", async || (open(&http).await == wrong).then_some(())).await;
    let all = ("firing".to_owned(), wrong.len() as u64);
    eventually("somebody is told", async || (told(&receiver, "cross_source").last() == Some(&all)).then_some(())).await;
    settled(&stage).await;
    // The days that were due first were checked first: one message each.
    let told = told(&receiver, "cross_source");
    assert!(told.len() <= 2 && told.last() == Some(&all), "{told:?}");
    judge.stop().await;
    worker.stop().await;
}

/// Lets TDX tell the closes of the last days wrongly, by a cent and within the day's prices; what must be found.
fn wrong_closes(stage: &Stage) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for day in stage.days(WRONG_DAYS) {
        let bars = stage.market.expected_codes(day).into_iter().filter_map(|code| stage.market.bar(&code, day));
        for bar in bars {
            let cents = (bar.close * 100.0).round();
            let cents = if bar.close < bar.high { cents + 1.0 } else { cents - 1.0 };
            let close = cents / 100.0;
            // A day at one price has no room; a cent of an expensive share is less than two vendors may differ by.
            if close >= bar.low && (close - bar.close).abs() > 0.0002 * bar.close {
                wrong.append(&mut expected(&bar));
                tdx_says(stage, &DailyBar { close, ..bar });
            }
        }
    }
    wrong
}
