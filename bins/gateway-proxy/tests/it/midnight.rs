//! Midnight in Shanghai, with a clock that the test sets.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use upstream_simulators::{LlmDialect, LlmFault, LlmOptions, LlmPrice};

use crate::rivals::kit::{Rival, eventually, nano};

/// ¥0.02 for a token of the answer: 16 of them and the prompt cost some 33 分.
const DEAR: LlmPrice = LlmPrice { input: 1_000_000, cached_input: 1_000_000, output: 20_000_000 };

/// A minute before midnight in Shanghai, which is 16:00 UTC.
fn evening() -> DateTime<Utc> {
    "2026-11-23T15:59:00Z".parse().unwrap()
}

async fn dear(budget: &str) -> Rival {
    let rival =
        Rival::at(evening(), LlmOptions { price: DEAR, ..LlmOptions::with_keys(LlmDialect::DashScope, 1) }).await;
    rival.set_budget("key-1", budget).await;
    rival
}

/// Asks until the budget of the day is spent.
async fn spend(rival: &Rival) -> crate::rivals::kit::Said {
    loop {
        let said = rival.chat(json!({})).await;
        if said.status != 200 {
            assert_eq!((said.status, said.code()), (429, "insufficient_quota"), "{said:?}");
            return said;
        }
    }
}

#[tokio::test]
async fn a_budget_that_is_spent_is_there_again_at_midnight_and_not_a_moment_before() {
    let rival = dear("3").await;
    let refused = spend(&rival).await;
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "a minute is left of the day: {wait}");
    let first = rival.llm.billed_nano();

    rival.clock.advance(TimeDelta::milliseconds(59_999));
    assert_eq!(rival.chat(json!({})).await.status, 429);
    rival.clock.advance(TimeDelta::milliseconds(1));
    eventually("the new day has money", async || (rival.chat(json!({})).await.status == 200).then_some(())).await;
    spend(&rival).await;
    let days: Vec<(String, i64)> =
        rival.llm.book("key-1").billed_by_day.into_iter().map(|(day, nano)| (day.to_string(), nano)).collect();
    assert_eq!(days.len(), 2, "{days:?}");
    assert_eq!(days[0], ("2026-11-23".to_owned(), first));
    assert!(days.iter().all(|(_, billed)| *billed <= 3_000_000_000), "{days:?}");
}

#[tokio::test]
async fn an_answer_that_begins_before_midnight_is_charged_to_the_day_it_was_asked() {
    let rival = dear("10").await;
    rival.llm.faults().next(1, "key-1", LlmFault::Interval(40));
    let mut answer = rival.begin(json!({"stream": true})).await;
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    crate::rivals::kit::read_contents(&mut answer, 2).await;
    rival.clock.advance(TimeDelta::minutes(2));
    while answer.chunk().await.unwrap().is_some() {}
    let record = rival.record_of(&id).await;
    assert_eq!(record["charges"][0]["day"], "2026-11-23", "{record}");
    assert!(nano(&record["charges"][0]["cny"]) > 0, "{record}");
    eventually("the new day has spent nothing", async || {
        (rival.channel("key-1").await["budget"]["settled_cny"] == "0").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_steps_back_over_midnight_opens_no_second_budget() {
    let rival = dear("3").await;
    spend(&rival).await;
    rival.clock.advance(TimeDelta::minutes(2));
    eventually("the new day has money", async || (rival.chat(json!({})).await.status == 200).then_some(())).await;
    spend(&rival).await;
    let billed = rival.llm.billed_nano();
    // Two minutes back: the day before, whose budget is spent, and the new one's is too.
    rival.clock.advance(TimeDelta::minutes(-2));
    assert_eq!(rival.chat(json!({})).await.status, 429);
    rival.clock.advance(TimeDelta::minutes(2));
    assert_eq!(rival.chat(json!({})).await.status, 429);
    assert_eq!(rival.llm.billed_nano(), billed);
}
