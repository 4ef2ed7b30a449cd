//! `[backup]`: where backups go, what they hold, and how long they stay.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::{context::Context, environment::Environment, error::ConfigError};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct BackupSettings {
    /// Folder of the backups, on another disk than what it backs up. Default "data/backup".
    pub(super) folder: PathBuf,
    /// age recipient that secrets are sealed to; its identity is kept elsewhere. Default: the recovery_recipient of
    /// profile-registry.
    pub(super) recipient: Option<String>,
    /// Days whose last backup stays, 1 to 3650. Default 14.
    pub(super) keep_days: u32,
    /// Months whose last backup stays, 0 to 1200. Default 12.
    pub(super) keep_months: u32,
}

impl Default for BackupSettings {
    fn default() -> Self {
        Self { folder: "data/backup".into(), recipient: None, keep_days: 14, keep_months: 12 }
    }
}

/// `[backup]`, checked, and what of the other sections a backup holds. Needs no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupConfig {
    /// Folder of the backups.
    pub folder: PathBuf,
    /// age recipient that secrets are sealed to; not checked yet.
    pub recipient: Option<String>,
    /// Days whose last backup stays.
    pub keep_days: u32,
    /// Months whose last backup stays.
    pub keep_months: u32,
    /// `warehouse.root`
    pub warehouse: PathBuf,
    /// `gateway-proxy.state`
    pub gateway: PathBuf,
    /// `gateway-proxy.prices`
    pub prices: PathBuf,
    /// `profile-registry.state`
    pub registry: PathBuf,
    /// The files that keys ending in `_file` name, here and in the environment: key and path. Most of them hold a secret.
    pub secret_files: Vec<(String, PathBuf)>,
}

/// What of the other sections a backup needs.
pub(in crate::config) struct Elsewhere {
    pub(in crate::config) warehouse: PathBuf,
    pub(in crate::config) gateway: PathBuf,
    pub(in crate::config) prices: PathBuf,
    pub(in crate::config) registry: PathBuf,
    pub(in crate::config) recovery_recipient: Option<String>,
    /// All settings as JSON; secrets in it are redacted, paths are not.
    pub(in crate::config) settings: serde_json::Value,
}

impl BackupSettings {
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        elsewhere: Elsewhere,
    ) -> Result<BackupConfig, ConfigError> {
        let recipient = self.recipient.as_deref().map(|text| text.trim().to_owned());
        if recipient.as_ref().is_some_and(|text| !text.starts_with("age1")) {
            // What was given instead may be the identity.
            let allowed = "`age1…`, as `age-keygen -y` prints it";
            return Err(context.bad("backup.recipient", "is no age recipient", allowed));
        }
        let mut secret_files = Vec::new();
        collect("", &elsewhere.settings, &mut secret_files);
        secret_files.extend(of_environment(&context.environment));
        Ok(BackupConfig {
            folder: context.not_empty("backup.folder", &self.folder)?,
            recipient: recipient.or(elsewhere.recovery_recipient),
            keep_days: context.within("backup.keep_days", self.keep_days, 1..=3650)?,
            keep_months: context.within("backup.keep_months", self.keep_months, 0..=1200)?,
            warehouse: elsewhere.warehouse,
            gateway: elsewhere.gateway,
            prices: elsewhere.prices,
            registry: elsewhere.registry,
            secret_files,
        })
    }
}

fn collect(path: &str, value: &serde_json::Value, files: &mut Vec<(String, PathBuf)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(&below(name), value, files))
        }
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(&format!("{path}[{index}]"), item, files));
        }
        // `file` is what `profile-registry.wechat.keys` calls it.
        serde_json::Value::String(file) if path.ends_with("_file") || path.ends_with(".file") => {
            files.push((path.to_owned(), file.into()));
        }
        _ => {}
    }
}

fn of_environment(environment: &Environment) -> impl Iterator<Item = (String, PathBuf)> {
    let named = environment.iter().filter(|(name, value)| name.ends_with("_FILE") && !value.is_empty());
    named.map(|(name, value)| (name.to_owned(), value.into()))
}
