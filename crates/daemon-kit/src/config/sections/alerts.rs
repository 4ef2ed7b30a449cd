//! `[[quality-worker.alerts]]`: who is told about findings, and in which form.

use std::path::PathBuf;

use chrono::TimeDelta;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::super::{
    context::{Context, Given, variable},
    error::ConfigError,
    secret::Secret,
};

/// What may stand in an entry.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct AlertSettings {
    /// The target's name in logs, metrics and TWILIGHT_QUALITY_WORKER_ALERTS_<NAME>: letters, digits and hyphens.
    pub(super) name: String,
    /// "webhook", "wecom" or "telegram". Default: none.
    pub(super) kind: String,
    /// Where messages are posted, a secret: it holds the robot's key or the bot's token. Default: none.
    pub(super) url: Option<Secret>,
    /// File that holds the URL instead. Default: none.
    pub(super) url_file: Option<PathBuf>,
    /// The chat that a Telegram bot writes to. Default: none.
    pub(super) chat_id: Option<String>,
    /// Milder findings are not sent here: "warning" or "error". Default "warning".
    pub(super) min_severity: String,
    /// Errors that stay open are sent again after so many hours, 0 to 8760; 0 is never. Default 24.
    pub(super) repeat_after_h: u32,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: String::new(),
            url: None,
            url_file: None,
            chat_id: None,
            min_severity: "warning".to_owned(),
            repeat_after_h: 24,
        }
    }
}

/// One target, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertConfig {
    /// Its name in logs and metrics.
    pub name: String,
    /// In which form messages are sent.
    pub kind: AlertKind,
    /// Where they are posted: an absolute http or https URL.
    pub url: Secret,
    /// Milder findings are not sent here.
    pub min_severity: AlertSeverity,
    /// Errors that stay open are sent again after this; `None` is never.
    pub repeat_after: Option<TimeDelta>,
}

/// The form of a target's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertKind {
    /// A JSON object of our own.
    Webhook,
    /// The robot of a WeCom (企业微信) group.
    Wecom,
    /// A Telegram bot.
    Telegram {
        /// The chat that it writes to.
        chat_id: String,
    },
}

/// How bad a finding must be to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertSeverity {
    /// Warnings and errors.
    Warning,
    /// Errors only.
    Error,
}

pub(super) fn resolve_all(entries: &[AlertSettings], context: &Context) -> Result<Vec<AlertConfig>, ConfigError> {
    let mut targets: Vec<AlertConfig> = Vec::new();
    for (index, settings) in entries.iter().enumerate() {
        let entry = format!("quality-worker.alerts[{index}]");
        let target = settings.resolve(context, &entry)?;
        if let Some(twin) = targets.iter().find(|other| other.name.eq_ignore_ascii_case(&target.name)) {
            return Err(context.bad(&format!("{entry}.name"), format!("{:?} is taken", twin.name), "every name once"));
        }
        targets.push(target);
    }
    Ok(targets)
}

impl AlertSettings {
    fn resolve(&self, context: &Context, entry: &str) -> Result<AlertConfig, ConfigError> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            let problem = format!("{:?} is no name", self.name);
            return Err(context.bad(&format!("{entry}.name"), problem, "letters, digits and hyphens"));
        }
        let repeat_after_h = context.within(&format!("{entry}.repeat_after_h"), self.repeat_after_h, 0..=8_760)?;
        Ok(AlertConfig {
            name: self.name.clone(),
            kind: self.kind(context, entry)?,
            min_severity: self.min_severity(context, entry)?,
            repeat_after: (repeat_after_h > 0).then(|| TimeDelta::hours(i64::from(repeat_after_h))),
            url: self.url(context, entry)?,
        })
    }

    fn kind(&self, context: &Context, entry: &str) -> Result<AlertKind, ConfigError> {
        let chat_id = self.chat_id.as_deref().map(str::trim).filter(|chat| !chat.is_empty());
        match (self.kind.as_str(), chat_id) {
            ("webhook", None) => Ok(AlertKind::Webhook),
            ("wecom", None) => Ok(AlertKind::Wecom),
            ("telegram", Some(chat_id)) => Ok(AlertKind::Telegram { chat_id: chat_id.to_owned() }),
            ("telegram", None) => Err(context.bad(
                &format!("{entry}.chat_id"),
                "is empty or missing",
                "the chat that the bot writes to, as in \"-1001234567890\" or \"@channel\"",
            )),
            ("webhook" | "wecom", Some(_)) => {
                Err(context.bad(&format!("{entry}.chat_id"), "is for Telegram", "no such line"))
            }
            (other, _) => {
                Err(context.bad(&format!("{entry}.kind"), format!("{other:?} is no kind"), "webhook, wecom, telegram"))
            }
        }
    }

    fn min_severity(&self, context: &Context, entry: &str) -> Result<AlertSeverity, ConfigError> {
        match self.min_severity.as_str() {
            "warning" => Ok(AlertSeverity::Warning),
            "error" => Ok(AlertSeverity::Error),
            other => {
                let key = format!("{entry}.min_severity");
                Err(context.bad(&key, format!("{other:?} cannot be chosen"), "warning, error"))
            }
        }
    }

    fn url(&self, context: &Context, entry: &str) -> Result<Secret, ConfigError> {
        const FORM: &str = "is no http:// or https:// URL (its text is not shown: it holds a key)";
        let key = format!("{entry}.url");
        // What stands in the file is checked even while secrets are not fetched.
        if self.url.as_ref().is_some_and(|url| !url.expose().trim().is_empty() && !is_url(url)) {
            return Err(context.secret_error(&key, FORM));
        }
        let alias = variable(&format!("quality-worker.alerts.{}", self.name));
        let given = Given { value: self.url.as_ref(), file: self.url_file.as_deref(), alias: Some(&alias) };
        let url = context.required_secret(&key, given, "")?;
        if !context.is_placeholder(&url) && !is_url(&url) {
            return Err(context.secret_error(&key, FORM));
        }
        Ok(url)
    }
}

fn is_url(text: &Secret) -> bool {
    Url::parse(text.expose()).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
