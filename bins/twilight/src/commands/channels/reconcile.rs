//! `twilight channels reconcile`.

use serde_json::{Value, json};

use super::{
    GatewayApi,
    text::{items, moment, text},
};
use crate::table::{Output, table};

pub(super) async fn run(gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
    let answer = gateway.post("/admin/reconcile", &json!({})).await?;
    output.print(&answer, shown)
}

fn shown(answer: &Value) -> String {
    let read = items(&answer["accounts"]).iter().map(|account| {
        [
            text(&account["account"]),
            text(&account["balance_cny"]),
            moment(&account["since"]),
            text(&account["fell_cny"]),
            text(&account["booked_cny"]),
            text(&account["drift_cny"]),
        ]
    });
    let unread = answer["unread"].as_object().into_iter().flatten();
    let unread = unread.map(|(account, problem)| with_words(account, &text(problem)));
    let silent = items(&answer["silent"]).iter().map(|account| with_words(&text(account), "does not tell"));
    let heading = ["account", "holds ¥", "read before (Shanghai)", "fell by", "booked", "drift"];
    table(heading, read.chain(unread).chain(silent))
}

fn with_words(account: &str, words: &str) -> [String; 6] {
    let none = String::new;
    [account.to_owned(), words.to_owned(), none(), none(), none(), none()]
}
