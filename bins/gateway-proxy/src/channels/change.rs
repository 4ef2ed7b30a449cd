//! What an operator changes about a channel while the gateway runs.

use gateway_ledger::{AuditEntry, ChannelOverride, LedgerError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Budget, ChannelDefinition, Channels, Patch, Unusable};
use crate::{admin::Field, gateway::Gateway};

/// What is to change; `null` is again what the definition says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    pub(crate) enabled: Patch<bool>,
    pub(crate) budget_cny_per_day: Patch<Budget>,
    pub(crate) priority: Patch<i64>,
    pub(crate) weight: Patch<u32>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// There is no such channel.
    #[error("there is no channel of this name")]
    Unknown,
    /// A value cannot be used, or the channel cannot.
    #[error(transparent)]
    Unusable(#[from] Unusable),
    /// It stands in the configuration, which only its file changes.
    #[error("the channel stands in the configuration")]
    Configured,
    /// There is one of this name already.
    #[error("there is a channel of this name")]
    Taken,
    /// Keys cannot be sealed.
    #[error("gateway-proxy.master_key is not configured: a key cannot be stored")]
    NoMasterKey,
    /// The books would not take it, so nothing changed.
    #[error(transparent)]
    Books(#[from] LedgerError),
}

impl Change {
    /// Its fields, for those who wrote another one or something else there.
    pub(crate) const FIELDS: [Field; 4] = [
        ("enabled", "true or false, or null for what its definition says"),
        (
            "budget_cny_per_day",
            "yuan a day, 0 to 9223372036, as in \"12.5\"; \"none\"; or null for what its definition says",
        ),
        ("priority", "a whole number from -1000000 to 1000000, or null for what its definition says"),
        ("weight", "a whole number from 0 to 1000000, or null for what its definition says"),
    ];

    /// Whether nothing is to change.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn after(&self, before: &ChannelOverride) -> ChannelOverride {
        ChannelOverride {
            enabled: self.enabled.after(before.enabled, |on| on),
            budget: self.budget_cny_per_day.after(before.budget, Budget::to_override),
            priority: self.priority.after(before.priority, |priority| priority),
            weight: self.weight.after(before.weight, |weight| weight),
        }
    }

    /// The part of a definition that this is about, for the audit log.
    fn part(&self, of: &ChannelDefinition) -> Value {
        let mut part = Map::new();
        let mut tell = |is_keep: bool, name: &str, value: Value| {
            if !is_keep {
                part.insert(name.to_owned(), value);
            }
        };
        tell(self.enabled.is_keep(), "enabled", json!(of.enabled));
        tell(self.budget_cny_per_day.is_keep(), "budget_cny_per_day", json!(of.budget_cny_per_day));
        tell(self.priority.is_keep(), "priority", json!(of.priority));
        tell(self.weight.is_keep(), "weight", json!(of.weight));
        Value::Object(part)
    }
}

impl Channels {
    /// Makes a change: in the books with its audit entry first, then at once in force.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub(crate) async fn change(
        &self,
        gateway: &Gateway,
        name: &str,
        change: Change,
        actor: &str,
    ) -> Result<(), ChangeError> {
        let _changing = self.changing.lock().await;
        let known = self.known(name).ok_or(ChangeError::Unknown)?;
        let before = self.changed(name);
        let after = change.after(&before);
        let (was, will_be) = (known.in_force(&before), known.in_force(&after));
        if let (Err(unusable), true) = (&known.usable, will_be.enabled) {
            return Err(unusable.clone().into());
        }
        if known.usable.is_ok() {
            will_be.spec(name)?;
        }
        let entry = AuditEntry {
            at: gateway.time.clock().now(),
            actor: actor.to_owned(),
            action: "channel.change".into(),
            subject: name.to_owned(),
            before: Some(change.part(&was)),
            after: Some(change.part(&will_be)),
        };
        gateway.ledger.set_override(name, after.clone(), entry).await?;
        self.state().overrides.insert(name.to_owned(), after);
        tracing::info!(channel = name, actor, "channel {name} changed by {actor}: {}", change.part(&will_be));
        gateway.desk.act(|router, _| {
            if !change.enabled.is_keep() {
                router.set_enabled(name, will_be.enabled);
            }
            if !change.budget_cny_per_day.is_keep() {
                router.set_budget(name, will_be.budget_cny_per_day.0);
            }
            if !change.priority.is_keep() || !change.weight.is_keep() {
                router.set_order(name, will_be.priority, will_be.weight);
            }
        });
        if !change.enabled.is_keep() && will_be.enabled {
            gateway.unpark(name, self.account_alone(name).as_deref());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use gateway_ledger::BudgetOverride;

    use super::*;

    fn change(json: &str) -> Result<Change, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn what_is_left_out_stays_and_null_is_the_definition_again() {
        let before = ChannelOverride { enabled: Some(false), priority: Some(7), ..ChannelOverride::default() };
        let after = change(r#"{"enabled":null,"budget_cny_per_day":"none"}"#).unwrap().after(&before);
        let budget = Some(BudgetOverride::Unlimited);
        assert_eq!(after, ChannelOverride { enabled: None, budget, priority: Some(7), weight: None });
        assert!(change("{}").unwrap().is_empty() && !change(r#"{"weight":null}"#).unwrap().is_empty());
    }

    #[test]
    fn only_what_is_changed_is_told() {
        let told = change(r#"{"enabled":false,"weight":3}"#).unwrap().part(&ChannelDefinition::default());
        assert_eq!(told, json!({"enabled": true, "weight": 1}));
    }

    #[test]
    fn anything_else_is_refused() {
        for json in [r#"{"rpm":1}"#, r#"{"enabled":1}"#, r#"{"budget_cny_per_day":-1}"#, r#"{"weight":-1}"#] {
            assert!(change(json).is_err(), "{json}");
        }
    }
}
