//! What several of these tests do.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::{Value, json};
use system_tests::gateway::{Caller, Gateway, GatewayStage, Said};

/// Asks `count` times, one after the other; the channels that answered. Every answer must be a good one.
pub(crate) async fn ask(caller: &Caller, count: usize) -> Vec<String> {
    let mut channels = Vec::new();
    for _ in 0..count {
        let said = caller.chat(json!({})).await;
        assert_eq!(said.status, 200, "{said:?}");
        assert_eq!(said.body["choices"][0]["finish_reason"], "length", "{said:?}");
        channels.push(said.channel().to_owned());
    }
    channels
}

/// Every profile asks `each` times in a row, all profiles at once; all answers.
pub(crate) async fn hammer(gateway: &Gateway, profiles: usize, each: usize) -> Vec<Said> {
    let callers = join_all((0..profiles).map(|number| gateway.caller_of(number))).await;
    let ask = async |caller: Caller| {
        let mut answers = Vec::new();
        for turn in 0..each {
            answers.push(caller.chat(json!({"stream": turn % 2 == 1})).await);
        }
        answers
    };
    join_all(callers.into_iter().map(ask)).await.into_iter().flatten().collect()
}

/// How many answers each channel gave.
pub(crate) fn shares(channels: impl IntoIterator<Item = impl Into<String>>) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for channel in channels {
        *shares.entry(channel.into()).or_default() += 1;
    }
    shares
}

/// What is wrong with answers that should all be good ones.
pub(crate) fn bad<'a>(answers: impl IntoIterator<Item = &'a Said>) -> Vec<String> {
    let is_bad = |said: &&Said| {
        let stream = said.header("content-type").starts_with("text/event-stream");
        said.status != 200 || !said.whole || (stream && !said.text.ends_with("data: [DONE]\n\n"))
    };
    let short = |said: &Said| format!("{} {} {}", said.status, said.channel(), said.text);
    answers.into_iter().filter(is_bad).map(short).collect()
}

/// The state of every channel, by name.
pub(crate) async fn states(gateway: &Gateway) -> BTreeMap<String, String> {
    let list = gateway.get("/admin/channels").await;
    let text = |channel: &Value, name: &str| channel[name].as_str().unwrap_or_else(|| panic!("{list}")).to_owned();
    let channels = list["channels"].as_array().unwrap_or_else(|| panic!("{list}"));
    channels.iter().map(|channel| (text(channel, "name"), text(channel, "state"))).collect()
}

/// Sets what a channel may cost a day, through the admin API.
pub(crate) async fn set_budget(gateway: &Gateway, name: &str, yuan: &str) {
    let change = json!({"budget_cny_per_day": yuan});
    let (status, answer) = gateway.admin("PATCH", &format!("/admin/channels/{name}"), Some(change)).await;
    assert_eq!(status, 200, "{answer}");
}

/// Calls that cost tokens, or would, of a key.
pub(crate) fn calls(stage: &GatewayStage, key: &str) -> u64 {
    stage.llm.book(key).calls
}
