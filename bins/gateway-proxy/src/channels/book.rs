//! All that is known about channels.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use daemon_kit::config::{GatewayAccountConfig, GatewayConfig};
use gateway_ledger::{ChannelOverride, seal::MasterKey};
use llm_upstream::Target;

use super::{Known, known::Usable};
use crate::gateway::Gateway;

/// The channels of this process.
pub(crate) struct Channels {
    /// Limits of whole accounts.
    pub(super) accounts: Vec<GatewayAccountConfig>,
    pub(super) master_key: Option<MasterKey>,
    state: Mutex<State>,
    /// Held through a change: from reading what is, over the books, to what is in force.
    pub(super) changing: tokio::sync::Mutex<()>,
}

/// What there is.
#[derive(Default)]
pub(super) struct State {
    /// By name; the configuration's and the books'.
    pub(super) known: BTreeMap<String, Arc<Known>>,
    /// What operators changed.
    pub(super) overrides: BTreeMap<String, ChannelOverride>,
}

impl Channels {
    /// Checks the configured channels. [`restore`](Self::restore) adds what the books hold.
    ///
    /// # Errors
    /// A channel or a master key that cannot be used.
    pub(crate) fn new(config: &GatewayConfig) -> anyhow::Result<Self> {
        let mut state = State::default();
        for channel in &config.channels {
            let known = Known::configured(channel);
            if let Err(unusable) = &known.usable {
                anyhow::bail!("gateway-proxy.channels {:?}: {unusable}", channel.name);
            }
            state.known.insert(known.name.clone(), Arc::new(known));
        }
        let master_key = config.master_key.as_ref().map(|secret| MasterKey::from_secret(secret.expose()));
        Ok(Self {
            accounts: config.accounts.clone(),
            master_key: master_key.transpose().context("gateway-proxy.master_key")?,
            state: Mutex::new(state),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    /// Puts the channels into service as the last process left them.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub(crate) async fn restore(&self, gateway: &Gateway) -> anyhow::Result<()> {
        let stored = gateway.ledger.stored_channels().await?;
        let overrides = gateway.ledger.overrides().await?;
        {
            let mut state = self.state();
            for channel in stored {
                let known = Known::stored(&channel, self.master_key.as_ref());
                if state.known.contains_key(&known.name) {
                    tracing::warn!("channel {} is stored and configured: the configuration counts", known.name);
                    continue;
                }
                if let Err(unusable) = &known.usable {
                    tracing::warn!(
                        channel = known.name,
                        "the stored channel {} cannot be used: {unusable}",
                        known.name
                    );
                }
                state.known.insert(known.name.clone(), Arc::new(known));
            }
            for (name, _) in overrides.iter().filter(|(name, _)| !state.known.contains_key(name)) {
                tracing::warn!("channel {name} was changed at run time and is there no more");
            }
            state.overrides = overrides.into_iter().collect();
        }
        self.apply(gateway);
        gateway.restore_parked(self.still_true(gateway, gateway.ledger.parked().await?).await?);
        self.note_keys(gateway).await;
        Ok(())
    }

    /// Everything known, by name.
    pub(crate) fn all(&self) -> Vec<Arc<Known>> {
        self.state().known.values().cloned().collect()
    }

    /// The channel of a name.
    pub(crate) fn known(&self, name: &str) -> Option<Arc<Known>> {
        self.state().known.get(name).cloned()
    }

    /// What operators changed about a channel.
    pub(crate) fn changed(&self, name: &str) -> ChannelOverride {
        self.state().overrides.get(name).cloned().unwrap_or_default()
    }

    /// Name and target of every channel that can be used, for a bare proxy.
    pub(crate) fn targets(&self) -> Vec<(Arc<str>, Target)> {
        self.usable(|_, usable| (usable.spec.name.clone(), usable.target.clone()))
    }

    /// Something of every channel that can be used.
    pub(crate) fn usable<T>(&self, of: impl Fn(&Known, &Usable) -> T) -> Vec<T> {
        let state = self.state();
        state.known.values().filter_map(|known| Some(of(known, known.usable.as_ref().ok()?))).collect()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
