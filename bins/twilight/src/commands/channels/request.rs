//! `twilight channels request`.

use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, members, moment, name, number, text},
};
use crate::table::{Output, table};

/// Which request.
#[derive(clap::Args)]
pub(crate) struct Request {
    /// Its id: x-request-id of the gateway's answer.
    #[arg(value_parser = name)]
    id: String,
}

const MEMBERS: [(&str, &str); 11] = [
    ("request", "id"),
    ("profile", "profile"),
    ("token", "token_id"),
    ("endpoint", "endpoint"),
    ("model", "model"),
    ("stream", "stream"),
    ("outcome", "outcome"),
    ("status", "status"),
    ("ms", "latency_ms"),
    ("of these in the queue", "waited_ms"),
    ("¥", "cny"),
];

impl Request {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let answer = gateway.get(&format!("/admin/requests/{}", self.id), &[]).await?;
        output.print(&answer, shown)
    }
}

fn shown(request: &Value) -> String {
    let facts = members(request, &MEMBERS);
    let arrived = format!("arrived {} (Shanghai)", moment(&request["at"]));
    let attempts = items(&request["decision"]).iter().enumerate().flat_map(|(index, attempt)| {
        let attempt_number = (index + 1).to_string();
        let considered = items(&attempt["considered"]).iter().map({
            let attempt_number = attempt_number.clone();
            move |other| {
                [
                    attempt_number.clone(),
                    text(&other["channel"]),
                    format!("not taken: {}", text(&other["lost"])),
                    String::new(),
                ]
            }
        });
        let asked = (!attempt["channel"].is_null())
            .then(|| [attempt_number, text(&attempt["channel"]), text(&attempt["outcome"]), number(&attempt["ms"])]);
        asked.into_iter().chain(considered).collect::<Vec<_>>()
    });
    let attempts = table(["attempt", "channel", "outcome", "ms"], attempts);
    let charges = items(&request["charges"]).iter().map(|charge| {
        let flags = [("estimated", "estimated"), ("price_known", "")].map(|(name, word)| match &charge[name] {
            Value::Bool(true) => word,
            Value::Bool(false) if name == "price_known" => "default price",
            _ => "",
        });
        [
            text(&charge["attempt"]),
            text(&charge["channel"]),
            text(&charge["model"]),
            text(&charge["day"]),
            format!("{} ({})", number(&charge["input_tokens"]), number(&charge["cached_input_tokens"])),
            format!("{} ({})", number(&charge["output_tokens"]), number(&charge["thinking_tokens"])),
            text(&charge["cny"]),
            text(&charge["reserved"]),
            text(&charge["breach"]),
            flags.join(" ").trim().to_owned(),
        ]
    });
    let heading =
        ["attempt", "channel", "model", "day", "input (cached)", "output (thinking)", "¥", "reserved", "breach", ""];
    format!("{arrived}\n{facts}\n{attempts}\n{}", table(heading, charges))
}
