//! `[[gateway-proxy.models]]` and `[gateway-proxy.default_price]`: what holds for a model wherever it is served.

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    yuan::Yuan,
};

/// What may stand in an entry of `models`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ModelSettings {
    /// The callers' name of the model. Default: none.
    pub(super) name: String,
    /// Output tokens that a request without a bound of its own may use, 1 to 10000000. Default 4096.
    pub(super) max_output_tokens: u64,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { name: String::new(), max_output_tokens: 4096 }
    }
}

/// What may stand in `default_price`, and what it resolves to: yuan per million tokens of a model that no row of the
/// price table names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayDefaultPrice {
    /// Of tokens of the prompt. Default "10".
    pub input: Yuan,
    /// Of tokens of the answer. Default "40".
    pub output: Yuan,
}

impl Default for GatewayDefaultPrice {
    fn default() -> Self {
        Self { input: Yuan::whole(10), output: Yuan::whole(40) }
    }
}

/// One model, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayModelConfig {
    /// The callers' name of the model.
    pub name: String,
    /// Output tokens that a request without a bound of its own may use.
    pub max_output_tokens: u64,
}

pub(super) fn resolve_all(
    entries: &[ModelSettings],
    context: &Context,
) -> Result<Vec<GatewayModelConfig>, ConfigError> {
    let mut models: Vec<GatewayModelConfig> = Vec::new();
    for (index, settings) in entries.iter().enumerate() {
        let key = |name: &str| format!("gateway-proxy.models[{index}].{name}");
        if settings.name.is_empty() || models.iter().any(|other| other.name == settings.name) {
            let problem = format!("{:?} is no name, or named twice", settings.name);
            return Err(context.bad(&key("name"), problem, "the callers' name of a model, each once"));
        }
        let max_output_tokens = output_tokens(context, &key("max_output_tokens"), settings.max_output_tokens)?;
        models.push(GatewayModelConfig { name: settings.name.clone(), max_output_tokens });
    }
    Ok(models)
}

/// A number of output tokens.
pub(super) fn output_tokens(context: &Context, key: &str, tokens: u64) -> Result<u64, ConfigError> {
    context.within(key, tokens, 1..=10_000_000)
}

impl GatewayDefaultPrice {
    pub(super) fn resolve(self, context: &Context) -> Result<Self, ConfigError> {
        for (name, price) in [("input", self.input), ("output", self.output)] {
            if price == Yuan::default() {
                let key = format!("gateway-proxy.default_price.{name}");
                return Err(context.bad(&key, "is nothing", "more than 0: an unknown model is not free"));
            }
        }
        Ok(self)
    }
}
