//! `twilight channels probe`.

use anyhow::bail;
use serde_json::json;

use super::{
    GatewayApi,
    text::{items, name, text},
};
use crate::table::Output;

/// Which channel.
#[derive(clap::Args)]
pub(crate) struct Probe {
    /// Its name.
    #[arg(value_parser = name)]
    name: String,
}

impl Probe {
    /// Fails where the channel does not answer well.
    pub(super) async fn run(self, gateway: &GatewayApi, output: Output) -> anyhow::Result<()> {
        let name = &self.name;
        let answer = gateway.post(&format!("/admin/channels/{name}/probe"), &json!({})).await?;
        let outcome = text(&answer["outcome"]);
        output.print(&answer, |answer| {
            let models = items(&answer["models"]).len();
            format!("{name}: {outcome} after {} ms, {models} models listed", answer["ms"])
        })?;
        if outcome != "ok" {
            bail!("{name} is {outcome}: {}", text(&answer["detail"]));
        }
        Ok(())
    }
}
