//! `twilight channels list`.

use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, of_limit, text},
};
use crate::table::{Output, table};

pub(super) async fn run(gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
    let answer = gateway.get("/admin/channels", &[]).await?;
    output.print(&answer, |answer| {
        let waiting = match answer["waiting"].as_u64() {
            Some(1..) => format!("\nrequests that wait for a channel: {}", answer["waiting"]),
            _ => String::new(),
        };
        format!("{}{waiting}", shown(items(&answer["channels"])))
    })
}

/// Channels as a table.
pub(super) fn shown(channels: &[Value]) -> String {
    let rows = channels.iter().map(|channel| {
        let budget = &channel["budget"];
        [
            text(&channel["name"]),
            text(&channel["account"]),
            text(&channel["dialect"]),
            state(channel),
            text(&channel["priority"]),
            text(&channel["weight"]),
            of_limit(&channel["rpm"]["used"], &channel["rpm"]["limit"]),
            of_limit(&channel["tpm"]["used"], &channel["tpm"]["limit"]),
            text(&channel["in_flight"]),
            format!("{} / {}", text(&budget["settled_cny"]), text(&channel["budget_cny_per_day"])),
            text(&channel["models"]),
        ]
    });
    let heading = [
        "channel",
        "account",
        "dialect",
        "state",
        "priority",
        "weight",
        "requests / min",
        "tokens / min",
        "running",
        "¥ today",
        "models",
    ];
    table(heading, rows)
}

/// The state, and when it may be another.
fn state(channel: &Value) -> String {
    let state = text(&channel["state"]);
    match channel["again_in_s"].as_u64() {
        Some(seconds) => format!("{state}, again in {seconds} s"),
        None => state,
    }
}
