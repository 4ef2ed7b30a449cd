//! `[replica]`: where copies of what is published go to and come from, and how old one may be.

use std::{path::PathBuf, time::Duration};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ReplicaSettings {
    /// Where `twilight replica push` copies to: "user@host:" over ssh, or the root folder of the replica's warehouse. Default: none.
    pub(super) target: Option<String>,
    /// Where `twilight replica pull` copies from: "rsync://host/module", "user@host:/path/published", or a folder. Default:
    /// none.
    pub(super) source: Option<String>,
    /// The rsync program, 3.1 or newer on both sides. Default "rsync".
    pub(super) rsync: PathBuf,
    /// The ssh program. Default "ssh".
    pub(super) ssh: PathBuf,
    /// What ssh gets before the host's name, for example ["-i", "secrets/replica_key"]. Default: nothing.
    pub(super) ssh_arguments: Vec<String>,
    /// What a transfer may take of the line, KiB a second, 0 to 10000000; 0 is no limit. Default 0.
    pub(super) bandwidth_limit_kib: u64,
    /// A transfer that stands still so long is given up, seconds, 5 to 3600. Default 60.
    pub(super) timeout_s: u64,
    /// A replica that was not brought up to date for so long raises an alert of the quality-worker beside it, hours, 0 to
    /// 8760; 0 is never. Default 26.
    pub(super) alert_after_h: u32,
    /// So old, the warehouse-api beside it says in /readyz that it is not ready, hours, 0 to 8760; 0 is never. Default 0.
    pub(super) unready_after_h: u32,
}

impl Default for ReplicaSettings {
    fn default() -> Self {
        Self {
            target: None,
            source: None,
            rsync: "rsync".into(),
            ssh: "ssh".into(),
            ssh_arguments: Vec::new(),
            bandwidth_limit_kib: 0,
            timeout_s: 60,
            alert_after_h: 26,
            unready_after_h: 0,
        }
    }
}

/// `[replica]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaConfig {
    /// Where a push copies to.
    pub target: Option<String>,
    /// Where a pull copies from.
    pub source: Option<String>,
    /// The rsync program.
    pub rsync: PathBuf,
    /// The ssh program.
    pub ssh: PathBuf,
    /// What ssh gets before the host's name; no word has white space or quotes.
    pub ssh_arguments: Vec<String>,
    /// What a transfer may take of the line, KiB a second.
    pub bandwidth_limit_kib: Option<u64>,
    /// A transfer that stands still so long is given up.
    pub timeout: Duration,
    /// An older replica raises an alert.
    pub alert_after: Option<TimeDelta>,
    /// An older replica is not ready.
    pub unready_after: Option<TimeDelta>,
}

impl ReplicaSettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<ReplicaConfig, ConfigError> {
        let limit = context.within("replica.bandwidth_limit_kib", self.bandwidth_limit_kib, 0..=10_000_000)?;
        Ok(ReplicaConfig {
            target: place(context, "replica.target", self.target.as_deref())?,
            source: place(context, "replica.source", self.source.as_deref())?,
            rsync: context.not_empty("replica.rsync", &self.rsync)?,
            ssh: self.ssh(context)?,
            ssh_arguments: self.ssh_arguments(context)?,
            bandwidth_limit_kib: (limit > 0).then_some(limit),
            timeout: values::seconds(context, "replica.timeout_s", self.timeout_s, 5..=3600)?,
            alert_after: hours(context, "replica.alert_after_h", self.alert_after_h)?,
            unready_after: hours(context, "replica.unready_after_h", self.unready_after_h)?,
        })
    }

    fn ssh(&self, context: &Context) -> Result<PathBuf, ConfigError> {
        let ssh = context.not_empty("replica.ssh", &self.ssh)?;
        word(context, "replica.ssh", &ssh.to_string_lossy())?;
        Ok(ssh)
    }

    fn ssh_arguments(&self, context: &Context) -> Result<Vec<String>, ConfigError> {
        let checked = self.ssh_arguments.iter().map(|argument| word(context, "replica.ssh_arguments", argument));
        checked.collect::<Result<(), _>>()?;
        Ok(self.ssh_arguments.clone())
    }
}

/// rsync splits its remote shell at white space.
fn word(context: &Context, key: &str, text: &str) -> Result<(), ConfigError> {
    if text.is_empty() || text.contains(|letter: char| letter.is_whitespace() || "'\"\\".contains(letter)) {
        return Err(context.bad(key, format!("{text:?} is no word"), "no white space, quotes or backslashes"));
    }
    Ok(())
}

fn place(context: &Context, key: &str, text: Option<&str>) -> Result<Option<String>, ConfigError> {
    match text {
        Some(text) if text.trim().is_empty() => Err(context.bad(key, "is empty", "remove the line, or name a place")),
        text => Ok(text.map(str::to_owned)),
    }
}

fn hours(context: &Context, key: &str, hours: u32) -> Result<Option<TimeDelta>, ConfigError> {
    let hours = context.within(key, hours, 0..=8_760)?;
    Ok((hours > 0).then(|| TimeDelta::hours(i64::from(hours))))
}
