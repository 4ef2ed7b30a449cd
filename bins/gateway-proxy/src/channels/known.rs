//! One channel, as it is known here.

use daemon_kit::config::GatewayChannelConfig;
use gateway_ledger::{ChannelOverride, StoredChannel, seal::MasterKey};
use llm_upstream::{Dialect, Target};
use route_policy::ChannelSpec;

use super::{Budget, ChannelDefinition, Unusable, fingerprint};

/// A channel: where it comes from, what it is, and whether it can be used.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// What it is, without what operators changed since.
    pub(crate) definition: ChannelDefinition,
    /// Tells keys apart without giving them away: eight hexadecimal digits.
    pub(crate) key_fingerprint: Option<String>,
    /// What router and relay take, or why they cannot.
    pub(crate) usable: Result<Usable, Unusable>,
}

/// Where a channel comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The configuration.
    Configured,
    /// The books, where an operator or an import stored it.
    Stored,
}

/// A channel that can be used.
#[derive(Clone, Debug)]
pub(crate) struct Usable {
    pub(crate) spec: ChannelSpec,
    pub(crate) dialect: Dialect,
    pub(crate) target: Target,
}

impl Known {
    /// A channel of the configuration.
    pub(super) fn configured(config: &GatewayChannelConfig) -> Self {
        Self::new(&config.name, Origin::Configured, config.into(), Some(config.key.expose()))
    }

    /// A channel of the books. One that cannot be read or opened is known all the same, with the reason.
    pub(crate) fn stored(stored: &StoredChannel, master_key: Option<&MasterKey>) -> Self {
        let read = serde_json::from_value::<ChannelDefinition>(stored.config.clone());
        let (definition, unreadable) = match read {
            Ok(definition) => (definition, None),
            Err(error) => (ChannelDefinition::default(), Some(Unusable::new("config", error.to_string(), ""))),
        };
        let opened = match (&stored.key, master_key) {
            (None, _) => Ok(None),
            (Some(sealed), Some(master_key)) => master_key.open(&stored.name, sealed).map(Some),
            (Some(_), None) => {
                let without = Unusable::new("key", "cannot be opened without gateway-proxy.master_key", "");
                let known = Self::new(&stored.name, Origin::Stored, definition, None);
                return Self { usable: Err(unreadable.unwrap_or(without)), ..known };
            }
        };
        match opened {
            Ok(key) => {
                let known = Self::new(&stored.name, Origin::Stored, definition, key.as_ref().map(|key| key.expose()));
                match unreadable {
                    Some(unreadable) => Self { usable: Err(unreadable), ..known },
                    None => known,
                }
            }
            Err(error) => {
                let sealed = Unusable::new("key", error.to_string(), "");
                let known = Self::new(&stored.name, Origin::Stored, definition, None);
                Self { usable: Err(unreadable.unwrap_or(sealed)), ..known }
            }
        }
    }

    fn new(name: &str, origin: Origin, definition: ChannelDefinition, key: Option<&str>) -> Self {
        let usable = usable(name, &definition, key.unwrap_or_default());
        Self { name: name.to_owned(), origin, definition, key_fingerprint: key.map(fingerprint), usable }
    }

    /// The account that its key belongs to.
    pub(crate) fn account(&self) -> &str {
        self.definition.account.as_deref().unwrap_or(&self.name)
    }

    /// What holds after what operators changed.
    pub(crate) fn in_force(&self, changed: &ChannelOverride) -> ChannelDefinition {
        let definition = self.definition.clone();
        ChannelDefinition {
            enabled: changed.enabled.unwrap_or(definition.enabled),
            budget_cny_per_day: changed.budget.map_or(definition.budget_cny_per_day, |budget| Budget(budget.limit())),
            priority: changed.priority.unwrap_or(definition.priority),
            weight: changed.weight.unwrap_or(definition.weight),
            ..definition
        }
    }
}

/// Puts together what router and relay take.
pub(super) fn usable(name: &str, definition: &ChannelDefinition, key: &str) -> Result<Usable, Unusable> {
    let (spec, target) = (definition.spec(name)?, definition.target(key)?);
    Ok(Usable { spec, dialect: definition.dialect()?, target })
}

impl Origin {
    /// The word in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Configured => "configured",
            Self::Stored => "stored",
        }
    }
}
