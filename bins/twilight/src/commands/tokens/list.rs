//! `twilight tokens list`.

use serde_json::Value;

use super::GatewayApi;
use crate::table::Output;

/// Which tokens.
#[derive(clap::Args)]
pub(crate) struct List {
    /// Those of one profile.
    #[arg(long)]
    profile: Option<String>,
    /// Those that are in one state.
    #[arg(long, value_parser = ["valid", "expired", "revoked"])]
    state: Option<String>,
}

impl List {
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let query = [("profile", self.profile.as_deref()), ("state", self.state.as_deref())];
        let answer = gateway.get("/admin/tokens", &query).await?;
        output
            .print(&answer, |answer| super::shown(answer["tokens"].as_array().map_or(&[][..], Vec::<Value>::as_slice)))
    }
}
