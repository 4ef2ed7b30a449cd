//! `[[gateway-proxy.accounts]]`: limits that an upstream sets for all keys of one account together.

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in an entry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct AccountSettings {
    /// The account's name, as channels give it: letters, digits and hyphens.
    pub(super) name: String,
    /// Its limits, an entry per model. Default: none.
    pub(in crate::config) limits: Vec<LimitSettings>,
}

/// One entry of `limits`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct LimitSettings {
    /// The upstream's name of the model; "*" for every model by itself. Default "*".
    pub(super) model: String,
    /// Requests per minute of all the account's channels together; 0 is no bound. Default 0.
    pub(super) rpm: u32,
    /// Tokens per minute of all the account's channels together; 0 is no bound. Default 0.
    pub(super) tpm: u64,
    /// Whether the upstream also counts by the second. Default: as its dialect does.
    pub(super) per_second: Option<bool>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self { model: "*".to_owned(), rpm: 0, tpm: 0, per_second: None }
    }
}

/// One account, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAccountConfig {
    /// Its name; every name once.
    pub name: String,
    /// Its limits; every model once.
    pub limits: Vec<GatewayLimitConfig>,
}

/// One limit of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayLimitConfig {
    /// The upstream's name of the model, or `*` for every model by itself.
    pub model: String,
    /// Requests per minute; `None` is no bound.
    pub rpm: Option<u32>,
    /// Tokens per minute; `None` is no bound.
    pub tpm: Option<u64>,
    /// Whether the upstream also counts by the second; `None` is as its dialect does.
    pub per_second: Option<bool>,
}

pub(super) fn resolve_all(
    entries: &[AccountSettings],
    context: &Context,
) -> Result<Vec<GatewayAccountConfig>, ConfigError> {
    let mut accounts: Vec<GatewayAccountConfig> = Vec::new();
    for (index, settings) in entries.iter().enumerate() {
        let entry = format!("gateway-proxy.accounts[{index}]");
        let name = values::name(context, &format!("{entry}.name"), &settings.name)?;
        if accounts.iter().any(|other| other.name == name) {
            return Err(context.bad(&format!("{entry}.name"), format!("{name:?} is taken"), "every name once"));
        }
        accounts.push(GatewayAccountConfig { name, limits: settings.limits(context, &entry)? });
    }
    Ok(accounts)
}

impl AccountSettings {
    fn limits(&self, context: &Context, entry: &str) -> Result<Vec<GatewayLimitConfig>, ConfigError> {
        let mut limits: Vec<GatewayLimitConfig> = Vec::new();
        for (index, settings) in self.limits.iter().enumerate() {
            let key = format!("{entry}.limits[{index}].model");
            if settings.model.is_empty() || limits.iter().any(|other| other.model == settings.model) {
                let problem = format!("{:?} is no name, or named twice", settings.model);
                return Err(context.bad(&key, problem, "the upstream's name of a model, or \"*\", each once"));
            }
            limits.push(GatewayLimitConfig {
                model: settings.model.clone(),
                rpm: (settings.rpm > 0).then_some(settings.rpm),
                tpm: (settings.tpm > 0).then_some(settings.tpm),
                per_second: settings.per_second,
            });
        }
        Ok(limits)
    }
}
