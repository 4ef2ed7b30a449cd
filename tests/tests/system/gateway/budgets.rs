//! Budgets under load: what a key is billed never exceeds what it may cost a day.

use route_policy::Cny;
use system_tests::{
    eventually,
    gateway::{GatewaySettings, GatewayStage},
};
use upstream_simulators::LlmPrice;

use super::kit::{calls, hammer, shares, states};

/// ¥0.02 for a token of the answer: a request of 16 tokens costs some 33 分.
pub(crate) const DEAR: LlmPrice = LlmPrice { input: 1_000_000, cached_input: 1_000_000, output: 20_000_000 };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_is_billed_more_than_its_budget_however_many_ask_at_once() {
    let mut settings = GatewaySettings { budget: "10".to_owned(), ..GatewaySettings::keys(3) };
    settings.llm.price = DEAR;
    settings.gateway = "max_wait_s = 2".to_owned();
    let stage = GatewayStage::new(settings).await;
    let gateway = stage.gateway().await;
    let answers = hammer(&gateway, 40, 5).await;
    let statuses = shares(answers.iter().map(|said| format!("{} {}", said.status, said.code())));
    let good = statuses.iter().filter(|(status, _)| status.starts_with("200")).map(|(_, count)| count).sum::<usize>();
    let spent = statuses.get("429 insufficient_quota").copied().unwrap_or_default();
    assert_eq!(good + spent, answers.len(), "answers and honest refusals, nothing else: {statuses:?}");
    assert!(spent > 0, "the budgets were meant to be too small: {statuses:?}");
    let budget = Cny::from_yuan(10);
    for number in 1..=3 {
        let book = stage.llm.book(&format!("key-{number}"));
        let billed = Cny::from_nano(book.billed_nano);
        assert!(billed <= budget, "key-{number} was billed {billed} of {budget}");
        // Less than one request's reservation is left over.
        assert!(billed > Cny::from_yuan(8), "key-{number} was billed {billed} only of {budget}");
    }
    // The books say the same as the invoice, to the last nano-yuan.
    for number in 1..=3 {
        let name = format!("key-{number}");
        let billed = Cny::from_nano(stage.llm.book(&name).billed_nano);
        eventually("the books agree", async || {
            let channel = gateway.channel(&name).await;
            (channel["budget"]["settled_cny"] == billed.to_string().as_str()).then_some(())
        })
        .await;
    }
    let before: u64 = (1..=3).map(|number| calls(&stage, &format!("key-{number}"))).sum();
    let again = hammer(&gateway, 1, 3).await;
    let after: u64 = (1..=3).map(|number| calls(&stage, &format!("key-{number}"))).sum();
    let states = states(&gateway).await;
    if again.iter().all(|said| said.status == 429) {
        assert_eq!(before, after, "a spent key is not asked: {states:?}");
    }
    gateway.daemon.stop().await;
}
