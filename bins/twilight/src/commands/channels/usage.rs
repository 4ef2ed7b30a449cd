//! `twilight channels usage`.

use chrono::NaiveDate;
use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, number, text},
};
use crate::table::{Output, table};

/// Whose spending, and when.
#[derive(clap::Args)]
pub(crate) struct Usage {
    /// What it is summed by.
    #[arg(long, default_value = "profile", value_parser = ["profile", "channel", "model", "day", "hour"])]
    by: String,
    /// First day, YYYY-MM-DD of Shanghai; today without it.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Last day, YYYY-MM-DD of Shanghai; today without it.
    #[arg(long)]
    to: Option<NaiveDate>,
    /// Only this profile's.
    #[arg(long)]
    profile: Option<String>,
    /// Only on this channel.
    #[arg(long)]
    channel: Option<String>,
    /// Only for this model, as callers name it.
    #[arg(long)]
    model: Option<String>,
}

impl Usage {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let (from, to) = (self.from.map(|day| day.to_string()), self.to.map(|day| day.to_string()));
        let query = [
            ("by", Some(self.by.as_str())),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
            ("profile", self.profile.as_deref()),
            ("channel", self.channel.as_deref()),
            ("model", self.model.as_deref()),
        ];
        let answer = gateway.get("/admin/usage", &query).await?;
        output.print(&answer, |answer| shown(answer, &self.by))
    }
}

fn shown(answer: &Value, by: &str) -> String {
    let counts = ["requests", "failures", "input_tokens", "cached_input_tokens", "output_tokens"];
    let money = ["cny", "estimated_cny", "breach_cny"];
    let rows = items(&answer["usage"]).iter().map(|line| {
        let mut row = vec![text(&line["key"])];
        row.extend(counts.iter().map(|name| number(&line[*name])));
        row.extend(money.iter().map(|name| text(&line[*name])));
        <[String; 9]>::try_from(row).unwrap_or_default()
    });
    let heading =
        [by, "requests", "failed", "input", "cached", "output", "¥", "of it estimated", "beyond reservations"];
    format!("{} to {}\n{}", text(&answer["from"]), text(&answer["to"]), table(heading, rows))
}
