//! `[warehouse.parquet]`: the generations as Parquet files, for readers that are not ours.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::{context::Context, error::ConfigError};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ParquetSettings {
    /// Whether ingest-worker also writes each generation as Parquet. Default false.
    pub(super) enabled: bool,
    /// Folder of the files. Default: `parquet` in `warehouse.root`.
    pub(super) folder: Option<PathBuf>,
    /// Exported generations that stay, 1 to 1000. Default 3.
    pub(super) keep_generations: u32,
    /// Memory that the export's DuckDB may use, MiB, 128 to 1048576. Default 256.
    pub(super) memory_limit_mb: u32,
}

impl Default for ParquetSettings {
    fn default() -> Self {
        Self { enabled: false, folder: None, keep_generations: 3, memory_limit_mb: 256 }
    }
}

/// `[warehouse.parquet]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetConfig {
    /// Whether ingest-worker also writes each generation as Parquet.
    pub enabled: bool,
    /// Folder of the files.
    pub folder: PathBuf,
    /// Exported generations that stay.
    pub keep_generations: u32,
    /// Memory that the export's DuckDB may use, MiB.
    pub memory_limit_mb: u32,
}

impl ParquetSettings {
    /// `root` is the warehouse's folder.
    pub(super) fn resolve(&self, context: &Context, root: &Path) -> Result<ParquetConfig, ConfigError> {
        let key = |name: &str| format!("warehouse.parquet.{name}");
        let folder = self.folder.as_deref().map(|folder| context.not_empty(&key("folder"), folder)).transpose()?;
        Ok(ParquetConfig {
            enabled: self.enabled,
            folder: folder.unwrap_or_else(|| root.join("parquet")),
            keep_generations: context.within(&key("keep_generations"), self.keep_generations, 1..=1000)?,
            memory_limit_mb: context.within(&key("memory_limit_mb"), self.memory_limit_mb, 128..=1_048_576)?,
        })
    }
}
