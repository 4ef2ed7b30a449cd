//! `twilight channels requests`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, limit, moment as shown_moment, number, page, text},
};
use crate::{
    commands::moment,
    table::{Output, table},
};

/// Which requests.
#[derive(clap::Args)]
pub(crate) struct Requests {
    /// Those of one profile.
    #[arg(long)]
    profile: Option<String>,
    /// Those that asked one channel, in whatever attempt.
    #[arg(long)]
    channel: Option<String>,
    /// Those for one model, as callers name it.
    #[arg(long)]
    model: Option<String>,
    /// Those that ended so: ok, cut, refused …
    #[arg(long)]
    outcome: Option<String>,
    /// From this moment or day of Shanghai on.
    #[arg(long, value_parser = moment::since)]
    since: Option<DateTime<Utc>>,
    /// Up to this moment, or to the end of this day of Shanghai.
    #[arg(long, value_parser = moment::until)]
    until: Option<DateTime<Utc>>,
    /// How many.
    #[arg(long, default_value = "50", value_parser = limit)]
    limit: usize,
}

impl Requests {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let (since, until) = (self.since.map(|at| at.to_rfc3339()), self.until.map(|at| at.to_rfc3339()));
        let one_more = (self.limit + 1).to_string();
        let query = [
            ("profile", self.profile.as_deref()),
            ("channel", self.channel.as_deref()),
            ("model", self.model.as_deref()),
            ("outcome", self.outcome.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
            ("limit", Some(one_more.as_str())),
        ];
        let answer = gateway.get("/admin/requests", &query).await?;
        let (rows, more) = page(items(&answer["requests"]), self.limit);
        output.print(&rows, |rows| format!("{}{more}", shown(rows)))
    }
}

fn shown(requests: &[Value]) -> String {
    let rows = requests.iter().map(|request| {
        let attempts = items(&request["decision"]);
        let sum = |name: &str| -> u64 { items(&request["charges"]).iter().filter_map(|one| one[name].as_u64()).sum() };
        let tokens = format!("{} + {}", number(&sum("input_tokens").into()), number(&sum("output_tokens").into()));
        let asked = attempts.iter().filter_map(|attempt| attempt["channel"].as_str());
        [
            text(&request["id"]),
            shown_moment(&request["at"]),
            text(&request["profile"]),
            text(&request["model"]),
            asked.collect::<Vec<_>>().join(" → "),
            text(&request["outcome"]),
            text(&request["status"]),
            tokens,
            text(&request["cny"]),
            number(&request["latency_ms"]),
        ]
    });
    let heading =
        ["request", "at (Shanghai)", "profile", "model", "channels", "outcome", "status", "tokens", "¥", "ms"];
    table(heading, rows)
}
