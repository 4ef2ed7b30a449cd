//! `[[profile-registry.products]]`: what can be bought.

use serde::{Deserialize, Serialize};

use super::super::{context::Context, error::ConfigError};

/// What may stand in an entry.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RegistryProductSettings {
    /// What orders and profiles call it: 1 to 40 of a-z, 0-9 and hyphens.
    pub(super) name: String,
    /// The template of its profiles.
    pub(super) template: String,
    /// The price of one payment, in fen, 1 to 100000000.
    pub(super) amount_fen: u64,
    /// What one payment pays for, in calendar months, 1 to 120. Default 1.
    pub(super) months: u32,
    /// The model that its profiles ask the gateway for. Default: the template's.
    pub(super) model: Option<String>,
    /// How its bot is reached: telegram, weixin. Default "weixin".
    pub(super) channel: String,
}

impl Default for RegistryProductSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            template: String::new(),
            amount_fen: 0,
            months: 1,
            model: None,
            channel: "weixin".to_owned(),
        }
    }
}

/// How a profile's bot is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistryChannel {
    /// A Telegram bot out of a pool.
    Telegram,
    /// WeChat, by a scan.
    Weixin,
}

/// One product, checked, but for its template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryProductConfig {
    /// What orders and profiles call it; every name once.
    pub name: String,
    /// The template of its profiles.
    pub template: String,
    /// The price of one payment, in fen.
    pub amount_fen: u64,
    /// What one payment pays for, in calendar months.
    pub months: u32,
    /// The model that its profiles ask the gateway for.
    pub model: Option<String>,
    /// How its bot is reached.
    pub channel: RegistryChannel,
}

pub(super) fn resolve_all(
    entries: &[RegistryProductSettings],
    context: &Context,
) -> Result<Vec<RegistryProductConfig>, ConfigError> {
    let mut products: Vec<RegistryProductConfig> = Vec::new();
    for (index, settings) in entries.iter().enumerate() {
        let product = settings.resolve(context, &format!("profile-registry.products[{index}]"))?;
        if products.iter().any(|other| other.name == product.name) {
            let key = format!("profile-registry.products[{index}].name");
            return Err(context.bad(&key, format!("{:?} is taken", product.name), "every name once"));
        }
        products.push(product);
    }
    Ok(products)
}

impl RegistryProductSettings {
    fn resolve(&self, context: &Context, entry: &str) -> Result<RegistryProductConfig, ConfigError> {
        let key = |name: &str| format!("{entry}.{name}");
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = |text: &str, max: usize| {
            (1..=max).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
        };
        if !fits(&self.name, 40) {
            let allowed = "1 to 40 of a-z, 0-9 and hyphens, none at the ends";
            return Err(context.bad(&key("name"), format!("{:?} is no name", self.name), allowed));
        }
        if !fits(&self.template, 64) {
            let allowed = "the name of a template, such as \"template-stock-research-pro\"";
            return Err(context.bad(&key("template"), format!("{:?} is none", self.template), allowed));
        }
        let channel = match self.channel.as_str() {
            "telegram" => RegistryChannel::Telegram,
            "weixin" => RegistryChannel::Weixin,
            other => {
                return Err(context.bad(&key("channel"), format!("{other:?} is no channel"), "telegram, weixin"));
            }
        };
        if self.model.as_ref().is_some_and(|model| model.trim().is_empty()) {
            return Err(context.bad(&key("model"), "is empty", "a model's name, or no such line"));
        }
        Ok(RegistryProductConfig {
            name: self.name.clone(),
            template: self.template.clone(),
            amount_fen: context.within(&key("amount_fen"), self.amount_fen, 1..=100_000_000)?,
            months: context.within(&key("months"), self.months, 1..=120)?,
            model: self.model.clone(),
            channel,
        })
    }
}
