//! `twilight channels show`.

use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, members, moment, name, text},
};
use crate::table::{Output, table};

/// Which channel.
#[derive(clap::Args)]
pub(crate) struct Show {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
}

const MEMBERS: [(&str, &str); 26] = [
    ("channel", "name"),
    ("comes from", "origin"),
    ("account", "account"),
    ("group", "group"),
    ("dialect", "dialect"),
    ("address", "base_url"),
    ("key", "key_fingerprint"),
    ("models", "models"),
    ("enabled", "enabled"),
    ("state", "state"),
    ("cannot be used", "unusable"),
    ("again in, s", "again_in_s"),
    ("priority", "priority"),
    ("weight", "weight"),
    ("requests of the last minute", "rpm.used"),
    ("of", "rpm.limit"),
    ("tokens of the last minute", "tpm.used"),
    ("of", "tpm.limit"),
    ("running", "in_flight"),
    ("¥ a day", "budget_cny_per_day"),
    ("charged today", "budget.settled_cny"),
    ("held", "budget.reserved_cny"),
    ("taken from the books", "budget.leased_cny"),
    ("beyond reservations", "budget.breached_cny"),
    ("last verdict against it", "last_error.verdict"),
    ("next probe in, s", "next_probe_s"),
];

impl Show {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let answer = gateway.get(&format!("/admin/channels/{}", self.name), &[]).await?;
        output.print(&answer, shown)
    }
}

fn shown(channel: &Value) -> String {
    let mut told = members(channel, &MEMBERS);
    let rests = items(&channel["rests"]);
    if !rests.is_empty() {
        let rows = rests.iter().map(|rest| {
            [
                text(&rest["what"]),
                text(&rest["model"]),
                text(&rest["verdict"]),
                moment(&rest["since"]),
                text(&rest["reason"]),
            ]
        });
        told = format!("{told}\n{}", table(["rests", "model", "verdict", "since (Shanghai)", "reason"], rows));
    }
    let lacks = items(&channel["lacks"]);
    if !lacks.is_empty() {
        let columns = ["model", "endpoint", "verdict", "again_in_s", "reason"];
        let rows = lacks.iter().map(|lack| columns.map(|name| text(&lack[name])));
        told = format!("{told}\n{}", table(["does not serve", "at", "verdict", "again in, s", "reason"], rows));
    }
    let states = items(&channel["model_states"]);
    if !states.is_empty() {
        let rows = states.iter().map(|state| ["model", "state", "again_in_s"].map(|name| text(&state[name])));
        told = format!("{told}\n{}", table(["model", "state", "again in, s"], rows));
    }
    told
}
