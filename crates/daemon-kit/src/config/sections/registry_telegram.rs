//! `[profile-registry.telegram]`: the bot by which people prove who they are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::{
    context::{Context, Given},
    error::ConfigError,
    secret::Secret,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RegistryTelegramSettings {
    /// The bot's user name, without `@`. Default: none, nobody can prove who they are by Telegram.
    pub(super) bot: Option<String>,
    /// The short name of the bot's Mini App, whose address is <public_url>/telegram/app. Default "claim".
    pub(super) app: String,
    /// The bot's token, a secret. Default: none.
    pub(super) bot_token: Option<Secret>,
    /// File that holds the token instead. Default: none.
    pub(super) bot_token_file: Option<PathBuf>,
}

impl Default for RegistryTelegramSettings {
    fn default() -> Self {
        Self { bot: None, app: "claim".to_owned(), bot_token: None, bot_token_file: None }
    }
}

/// `[profile-registry.telegram]`, checked; there is none where no bot is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryTelegramConfig {
    /// The bot's user name, without `@`.
    pub bot: String,
    /// The short name of its Mini App.
    pub app: String,
    /// The bot's token.
    pub bot_token: Secret,
}

impl RegistryTelegramSettings {
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<RegistryTelegramConfig>, ConfigError> {
        let key = |name: &str| format!("profile-registry.telegram.{name}");
        let app = username(context, &key("app"), &self.app)?;
        let given = Given { value: self.bot_token.as_ref(), file: self.bot_token_file.as_deref(), alias: None };
        let Some(bot) = &self.bot else {
            context.secret(&key("bot_token"), given)?;
            return Ok(None);
        };
        let bot = username(context, &key("bot"), bot)?;
        Ok(Some(RegistryTelegramConfig { bot, app, bot_token: context.required_secret(&key("bot_token"), given, "")? }))
    }
}

/// What may stand in a `https://t.me/<bot>/<app>` link.
fn username(context: &Context, key: &str, value: &str) -> Result<String, ConfigError> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !(3..=64).contains(&value.len()) || !value.chars().all(plain) {
        let problem = format!("{value:?} is no name of a bot or an app");
        return Err(context.bad(key, problem, "3 to 64 letters, digits and underscores, without @"));
    }
    Ok(value.to_owned())
}
