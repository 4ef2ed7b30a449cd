//! The gateway's pages over five channels and a hundred thousand requests in the books.

use anyhow::Context as _;
use serde_json::json;
use system_tests::gateway::{ADMIN_TOKEN, GatewaySettings, GatewayStage};
use tokio::task::JoinSet;

use super::{Findings, Pages};
use crate::report::Report;

const CHANNELS: usize = 5;
const PROFILES: usize = 20;
const REQUESTS: usize = 100_000;

pub(super) async fn measure(report: &mut Report, findings: &mut Findings) -> anyhow::Result<()> {
    let mut settings = GatewaySettings::keys(CHANNELS);
    settings.budget = "1000".to_owned();
    (settings.rpm, settings.tpm) = (1_000_000, 1_000_000_000);
    let stage = GatewayStage::new(settings).await;
    let gateway = stage.gateway().await;
    let mut asking = JoinSet::new();
    for profile in 0..PROFILES {
        let caller = gateway.caller_of(profile).await;
        asking.spawn(async move {
            for _ in 0..REQUESTS / PROFILES {
                let said = caller.chat(json!({})).await;
                anyhow::ensure!(said.status == 200, "{}", said.text);
            }
            Ok(())
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked??;
    }
    gateway.is_idle().await;
    report.fact("gateway", format!("{CHANNELS} channels, {PROFILES} profiles, {REQUESTS} requests in the books"));
    let address = gateway.url().trim_start_matches("http://").parse()?;
    let pages = Pages::enter("gateway-proxy", address, ADMIN_TOKEN).await?;
    let list = pages.read("/console/requests").await?;
    let request = list.split("href=\"/console/requests/").nth(1).and_then(|rest| rest.split('"').next());
    let request = request.context("the list of requests leads to none")?;
    for (name, path) in [
        ("channels", "/console/channels".to_owned()),
        ("a channel", "/console/channels/key-1".to_owned()),
        ("requests", "/console/requests".to_owned()),
        ("requests of a profile", "/console/requests?profile=profile-7".to_owned()),
        ("a request", format!("/console/requests/{request}")),
        ("spend", "/console/spend".to_owned()),
        ("audit", "/console/audit".to_owned()),
        ("tokens", "/console/tokens".to_owned()),
        ("prices", "/console/prices".to_owned()),
        ("search", "/console/search".to_owned()),
    ] {
        pages.measure(findings, name, &path).await?;
    }
    gateway.daemon.stop().await;
    Ok(())
}
