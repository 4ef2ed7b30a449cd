//! `[quality-worker.disk]`: which file systems are watched, and when they are full enough to tell somebody.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct QualityDiskSettings {
    /// Folders whose file systems are watched. Default: those of the published generations and of the worker's own state.
    pub(super) folders: Option<Vec<PathBuf>>,
    /// A file system that is fuller raises an alert, percent, 1 to 100. Default 80.0.
    pub(super) alarm_percent: f64,
    /// How often they are looked at, seconds, 1 to 86400. Default 60.
    pub(super) every_s: u64,
}

impl Default for QualityDiskSettings {
    fn default() -> Self {
        Self { folders: None, alarm_percent: 80.0, every_s: 60 }
    }
}

/// `[quality-worker.disk]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityDiskConfig {
    /// Folders whose file systems are watched.
    pub folders: Vec<PathBuf>,
    /// A file system that is fuller raises an alert, percent.
    pub alarm_percent: f64,
    /// How often they are looked at.
    pub every: Duration,
}

impl QualityDiskSettings {
    /// `own` are the folders that are watched where none is given.
    pub(super) fn resolve(&self, context: &Context, own: [PathBuf; 2]) -> Result<QualityDiskConfig, ConfigError> {
        let key = |name: &str| format!("quality-worker.disk.{name}");
        let folders = match &self.folders {
            None => own.to_vec(),
            Some(folders) => {
                folders.iter().map(|folder| context.not_empty(&key("folders"), folder)).collect::<Result<_, _>>()?
            }
        };
        Ok(QualityDiskConfig {
            folders,
            alarm_percent: context.within(&key("alarm_percent"), self.alarm_percent, 1.0..=100.0)?,
            every: values::seconds(context, &key("every_s"), self.every_s, 1..=86_400)?,
        })
    }
}
