//! Which key each channel had when the last process ended: what was said about a key is not true of another one.

use std::collections::{BTreeMap, BTreeSet};

use gateway_ledger::{LedgerError, Parked};
use serde_json::json;

use super::Channels;
use crate::gateway::Gateway;

/// The note in the books: fingerprints by the channels' names.
const NOTE: &str = "channels/keys";

impl Channels {
    /// Of what rested when the last process ended, what still says something: about channels and accounts that are there,
    /// with the keys that they had then.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub(super) async fn still_true(&self, gateway: &Gateway, parked: Vec<Parked>) -> Result<Vec<Parked>, LedgerError> {
        let noted = gateway.ledger.note(NOTE).await?.and_then(|note| serde_json::from_value(note).ok());
        let noted: BTreeMap<String, String> = noted.unwrap_or_default();
        let (mut channels, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        for known in self.all() {
            let (then, now) = (noted.get(&known.name), known.key_fingerprint.as_ref());
            let has_another = then.zip(now).is_some_and(|(then, now)| then != now);
            if !has_another {
                accounts.insert(known.account().to_owned());
                channels.insert(known.name.clone());
            }
        }
        let (kept, gone): (Vec<_>, Vec<_>) = parked.into_iter().partition(|rest| match rest.scope.as_str() {
            "account" | "account_model" => accounts.contains(&rest.subject),
            _ => channels.contains(&rest.subject),
        });
        for rest in gone {
            let Parked { scope, subject, reason, .. } = rest;
            tracing::info!(
                "{scope} {subject} rested ({reason}), and is tried again: its key is another one now, or gone"
            );
        }
        Ok(kept)
    }

    /// Notes which key each channel has. Where the books do not take it, a later start may end a rest too early.
    pub(super) async fn note_keys(&self, gateway: &Gateway) {
        let all = self.all();
        let keys: BTreeMap<&str, &str> =
            all.iter().filter_map(|known| Some((known.name.as_str(), known.key_fingerprint.as_deref()?))).collect();
        if let Err(error) = gateway.ledger.set_note(NOTE, json!(keys)).await {
            tracing::warn!(error = %error, "which key each channel has was not written down: {error}");
        }
    }

    /// The account of a channel that no other channel is on: what is said of the one is said of the other.
    pub(super) fn account_alone(&self, name: &str) -> Option<String> {
        let state = self.state();
        let account = state.known.get(name)?.account();
        let on_it = state.known.values().filter(|known| known.account() == account);
        (on_it.count() == 1).then(|| account.to_owned())
    }
}
