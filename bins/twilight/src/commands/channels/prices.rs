//! `twilight channels prices`.

use serde_json::{Value, json};

use super::{
    GatewayApi,
    text::{items, members, moment, text},
};
use crate::table::{Output, table};

/// The prices in use.
#[derive(clap::Args)]
pub(crate) struct Prices {
    /// Read their file again first; fails where it cannot be used.
    #[arg(long)]
    reload: bool,
}

const MEMBERS: [(&str, &str); 6] = [
    ("file", "file"),
    ("in use", "origin"),
    ("cannot be used", "trouble.problem"),
    ("default, input", "default.input"),
    ("default, output", "default.output"),
    ("offered without a price", "unpriced"),
];

impl Prices {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let answer = if self.reload {
            gateway.post("/admin/prices/reload", &json!({})).await?
        } else {
            gateway.get("/admin/prices", &[]).await?
        };
        output.print(&answer, shown)
    }
}

fn shown(answer: &Value) -> String {
    let columns =
        ["model", "channel", "from", "until_input", "hours", "input", "cached_input", "output", "thinking_output"];
    let rows = items(&answer["prices"]).iter().map(|row| columns.map(|name| text(&row[name])));
    let heading = ["model", "channel", "from", "up to tokens", "hours", "input", "cached", "output", "thinking"];
    let since = moment(&answer["loaded_at"]);
    format!(
        "{}\nyuan per million tokens, since {since} (Shanghai)\n{}",
        members(answer, &MEMBERS),
        table(heading, rows)
    )
}
