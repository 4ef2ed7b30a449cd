//! Channels that operators add and remove while the gateway runs: in the books, their keys sealed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daemon_kit::config::Secret;
use gateway_ledger::{AuditEntry, ChannelOverride, LedgerError, StoredChannel};
use serde_json::{Value, json};

use super::{ChangeError, ChannelDefinition, Channels, Known, Origin, Unusable, fingerprint};
use crate::gateway::Gateway;

/// A channel that somebody wants to have stored.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) definition: ChannelDefinition,
    /// The key; the stored one stays where there is none.
    pub(crate) key: Option<Secret>,
}

/// What storing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is new.
    New,
    /// It replaced another definition or key.
    Changed,
    /// It was stored already, the same.
    Same,
}

impl Channels {
    /// Stores a channel and puts it into force. Where `replace` is false there must be none of the name yet.
    ///
    /// A channel that is switched off may lack what it would need to be used: it is kept, with the reason.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub(crate) async fn store(
        &self,
        gateway: &Gateway,
        wanted: Wanted,
        replace: bool,
        actor: &str,
    ) -> Result<Stored, ChangeError> {
        let _changing = self.changing.lock().await;
        let Wanted { name, definition, key } = wanted;
        let before = self.known(&name);
        match &before {
            Some(known) if known.origin == Origin::Configured => return Err(ChangeError::Configured),
            Some(_) if !replace => return Err(ChangeError::Taken),
            Some(_) => {}
            None => self.check_case(&name)?,
        }
        let stored = gateway.ledger.stored_channels().await?.into_iter().find(|channel| channel.name == name);
        let sealed = match (&key, &self.master_key) {
            (Some(key), Some(master_key)) => Some(master_key.seal(&name, key.expose()).map_err(LedgerError::from)?),
            (Some(_), None) => return Err(ChangeError::NoMasterKey),
            (None, _) => stored.and_then(|channel| channel.key),
        };
        let now = gateway.time.clock().now();
        let config = json!(definition);
        let channel = StoredChannel { name: name.clone(), config, key: sealed, updated_at: now };
        let after = Known::stored(&channel, self.master_key.as_ref());
        // What names are made of is never a matter of being switched off.
        if let Err(unusable) = &after.usable
            && (definition.enabled || unusable.field == "name")
        {
            return Err(unusable.clone().into());
        }
        let same_key = key.as_ref().is_none_or(|key| {
            before.as_ref().and_then(|known| known.key_fingerprint.as_deref()) == Some(&fingerprint(key.expose()))
        });
        if before.as_ref().is_some_and(|known| known.definition == definition && same_key) {
            return Ok(Stored::Same);
        }
        let entry = AuditEntry {
            at: now,
            actor: actor.to_owned(),
            action: "channel.store".into(),
            subject: name.clone(),
            before: before.as_deref().map(told),
            after: Some(told(&after)),
        };
        if before.is_none() {
            // Of a channel that stood in the configuration once.
            self.forget_changes(gateway, &name, actor).await?;
        }
        gateway.ledger.store_channels(vec![channel], vec![entry]).await?;
        tracing::info!(channel = name, actor, "channel {name} stored by {actor}");
        self.state().known.insert(name.clone(), Arc::new(after));
        self.apply(gateway);
        if !same_key {
            // Whatever was said about the old key is not true of this one.
            gateway.unpark(&name, self.account_alone(&name).as_deref());
            self.note_keys(gateway).await;
        }
        Ok(if before.is_some() { Stored::Changed } else { Stored::New })
    }

    /// Removes a stored channel with its key and what was changed about it. What runs on it settles.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub(crate) async fn remove(&self, gateway: &Gateway, name: &str, actor: &str) -> Result<(), ChangeError> {
        let _changing = self.changing.lock().await;
        let known = self.known(name).ok_or(ChangeError::Unknown)?;
        if known.origin == Origin::Configured {
            return Err(ChangeError::Configured);
        }
        let now = gateway.time.clock().now();
        // First: a channel that takes the name later must not inherit it.
        self.forget_changes(gateway, name, actor).await?;
        let entry = removal(now, actor, "channel.remove", name, told(&known));
        gateway.ledger.remove_channel(name, entry).await?;
        tracing::info!(channel = name, actor, "channel {name} removed by {actor}");
        let account = self.account_alone(name);
        self.state().known.remove(name);
        self.apply(gateway);
        gateway.unpark(name, account.as_deref());
        self.note_keys(gateway).await;
        Ok(())
    }

    /// Takes back what operators changed about a name.
    async fn forget_changes(&self, gateway: &Gateway, name: &str, actor: &str) -> Result<(), LedgerError> {
        let changed = self.changed(name);
        if !changed.is_empty() {
            let entry = removal(gateway.time.clock().now(), actor, "channel.change", name, json!(changed));
            gateway.ledger.set_override(name, ChannelOverride::default(), entry).await?;
            self.state().overrides.remove(name);
        }
        Ok(())
    }

    /// Names are taken once without regard to case, as in the configuration: people and variables do not tell them apart.
    fn check_case(&self, name: &str) -> Result<(), Unusable> {
        let state = self.state();
        match state.known.keys().find(|known| *known != name && known.eq_ignore_ascii_case(name)) {
            Some(twin) => Err(Unusable::new("name", format!("{twin:?} is taken"), "every name once, in whatever case")),
            None => Ok(()),
        }
    }
}

fn removal(at: DateTime<Utc>, actor: &str, action: &'static str, name: &str, before: Value) -> AuditEntry {
    let (actor, subject) = (actor.to_owned(), name.to_owned());
    AuditEntry { at, actor, action: action.into(), subject, before: Some(before), after: None }
}

/// A channel in the audit log: its definition and what tells its key from others.
fn told(known: &Known) -> Value {
    json!({"definition": known.definition, "key_fingerprint": known.key_fingerprint})
}
