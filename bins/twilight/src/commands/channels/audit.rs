//! `twilight channels audit`.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    GatewayApi,
    text::{items, limit, moment as shown_moment, page, text},
};
use crate::{
    commands::moment,
    table::{Output, table},
};

/// Which changes.
#[derive(clap::Args)]
pub(crate) struct Audit {
    /// By one actor: operator, gateway, or the id of a token.
    #[arg(long)]
    actor: Option<String>,
    /// Of one kind, such as channel.change.
    #[arg(long)]
    action: Option<String>,
    /// Of one thing: a channel, a token, an account.
    #[arg(long)]
    subject: Option<String>,
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

impl Audit {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let (since, until) = (self.since.map(|at| at.to_rfc3339()), self.until.map(|at| at.to_rfc3339()));
        let one_more = (self.limit + 1).to_string();
        let query = [
            ("actor", self.actor.as_deref()),
            ("action", self.action.as_deref()),
            ("subject", self.subject.as_deref()),
            ("since", since.as_deref()),
            ("until", until.as_deref()),
            ("limit", Some(one_more.as_str())),
        ];
        let answer = gateway.get("/admin/audit", &query).await?;
        let (rows, more) = page(items(&answer["entries"]), self.limit);
        output.print(&rows, |rows| format!("{}{more}", shown(rows)))
    }
}

fn shown(entries: &[Value]) -> String {
    let rows = entries.iter().map(|entry| {
        [
            shown_moment(&entry["at"]),
            text(&entry["actor"]),
            text(&entry["action"]),
            text(&entry["subject"]),
            text(&entry["before"]),
            text(&entry["after"]),
        ]
    });
    table(["at (Shanghai)", "who", "what", "about", "before", "after"], rows)
}
