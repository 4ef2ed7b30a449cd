//! A changed master key: what the one before it sealed is sealed anew.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use daemon_kit::config::GatewayConfig;
use gateway_ledger::{AuditEntry, Ledger, seal::MasterKey};
use serde_json::json;

/// Seals every stored key that `previous_master_key` opens under `master_key`, all or none.
///
/// # Errors
/// When a key opens with neither, or the books cannot be written.
pub(crate) async fn reseal(ledger: &Ledger, config: &GatewayConfig, at: DateTime<Utc>) -> anyhow::Result<()> {
    let (Some(old), Some(new)) = (&config.previous_master_key, &config.master_key) else { return Ok(()) };
    let old = MasterKey::from_secret(old.expose()).context("gateway-proxy.previous_master_key")?;
    let new = MasterKey::from_secret(new.expose()).context("gateway-proxy.master_key")?;
    let stored = ledger.stored_channels().await?;
    if stored.iter().all(|channel| channel.key.as_ref().is_none_or(|sealed| sealed.key_id == new.id())) {
        return Ok(());
    }
    let entry = AuditEntry {
        at,
        actor: "gateway".to_owned(),
        action: "master_key.change".into(),
        subject: "stored channels".to_owned(),
        before: Some(json!({ "master_key": old.id() })),
        after: Some(json!({ "master_key": new.id() })),
    };
    let count = ledger.reseal_all(old, new, entry).await.context("seal the stored keys anew")?;
    tracing::info!(channels = count, "{count} stored keys are sealed under the new master key");
    Ok(())
}
