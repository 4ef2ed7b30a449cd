//! The books of a gateway that does not run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::GatewayConfig};
use gateway_ledger::{AuditEntry, Ledger, LedgerError, LedgerOptions, StoredChannel, seal::MasterKey};
use serde_json::json;

use super::api::left_alone;
use crate::channels::{Known, Stored, Wanted, fingerprint};

/// The opened books. Nobody else can open them meanwhile.
pub(super) struct Books {
    ledger: Ledger,
    master_key: MasterKey,
    configured: Vec<String>,
    stored: Vec<StoredChannel>,
    folder: PathBuf,
    clock: Clock,
}

impl Books {
    /// Opens or creates them.
    ///
    /// # Errors
    /// Without a master key; when another process has them, which is a gateway without an admin token.
    pub(super) async fn open(config: GatewayConfig, clock: &Clock) -> anyhow::Result<Self> {
        let secret = config.master_key.as_ref();
        let secret = secret.context("configure gateway-proxy.master_key: without it no key can be stored")?;
        let master_key = MasterKey::from_secret(secret.expose()).context("gateway-proxy.master_key")?;
        let options = LedgerOptions { keep_days: config.keep_days, ..LedgerOptions::default() };
        let (folder, now) = (config.state.clone(), clock.now());
        let opened = tokio::task::spawn_blocking(move || Ledger::open(&folder, options, now)).await?;
        let (ledger, _) = opened.map_err(|error| match error {
            LedgerError::Locked { .. } => {
                anyhow::Error::new(error).context("the gateway runs: configure gateway-proxy.admin_token, or stop it")
            }
            error => error.into(),
        })?;
        let stored = ledger.stored_channels().await?;
        let configured = config.channels.into_iter().map(|channel| channel.name).collect();
        Ok(Self { ledger, master_key, configured, stored, folder: config.state, clock: clock.clone() })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stores one channel with its audit entry.
    ///
    /// # Errors
    /// In words, for the report.
    pub(super) async fn store(&mut self, wanted: Wanted) -> Result<Stored, String> {
        let Wanted { name, definition, key } = wanted;
        if let Some(twin) = self.configured.iter().find(|configured| configured.eq_ignore_ascii_case(&name)) {
            return Err(left_alone(twin));
        }
        let before = self.stored.iter().find(|channel| channel.name == name);
        let known = before.map(|channel| Known::stored(channel, Some(&self.master_key)));
        let key_fingerprint = key.as_ref().map(|key| fingerprint(key.expose()));
        if let Some(known) = &known
            && known.definition == definition
            && (key_fingerprint.is_none() || known.key_fingerprint == key_fingerprint)
        {
            return Ok(Stored::Same);
        }
        let sealed = match &key {
            Some(key) => Some(self.master_key.seal(&name, key.expose()).map_err(|error| error.to_string())?),
            None => before.and_then(|channel| channel.key.clone()),
        };
        let at = self.clock.now();
        let told = |definition, key_fingerprint: Option<&str>| json!({"definition": definition, "key_fingerprint": key_fingerprint});
        let after = told(json!(definition), key_fingerprint.as_deref());
        let entry = AuditEntry {
            at,
            actor: "import-new-api".to_owned(),
            action: "channel.store".into(),
            subject: name.clone(),
            before: known.as_ref().map(|known| told(json!(known.definition), known.key_fingerprint.as_deref())),
            after: Some(after),
        };
        let channel = StoredChannel { name, config: json!(definition), key: sealed, updated_at: at };
        let stored = self.ledger.store_channels(vec![channel], vec![entry]).await;
        stored.map_err(|error| error.to_string())?;
        Ok(if known.is_some() { Stored::Changed } else { Stored::New })
    }

    /// Lets the books go.
    pub(super) async fn close(self) -> Result<(), LedgerError> {
        self.ledger.close().await
    }
}
