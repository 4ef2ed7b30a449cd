//! `[warehouse]`: where the data lies and what the writer may use.

use std::path::PathBuf;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    source_priority::SourcePriority,
    values,
    warehouse_parquet::{ParquetConfig, ParquetSettings},
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct WarehouseSettings {
    /// Folder of the warehouse; the writer creates it. Default "data/warehouse".
    pub(super) root: PathBuf,
    /// Memory that the writer's DuckDB may use, MiB, 128 to 1048576. Default 2048.
    pub(super) memory_limit_mb: u32,
    /// Threads of the writer's DuckDB, 1 to 256. Default 2.
    pub(super) threads: u32,
    /// Whose bars and events count where several sources have them.
    pub(super) source_priority: SourcePriority,
    /// Published generations that stay, 1 to 1000, plus any that a reader still has open. Default 3.
    pub(super) keep_generations: u32,
    /// Calendar days for which features are stored, 1 to 36500; older ones are computed on demand. Default 90.
    pub(super) feature_days: u32,
    /// A date with less than this share of its expected codes is withheld, percent, 0 to 100. Default 98.0.
    pub(super) coverage_percent: f64,
    /// Time by which a trading day's data is due. Default "19:00".
    pub(super) expected_by: String,
    /// The generations as Parquet files.
    pub(super) parquet: ParquetSettings,
}

impl Default for WarehouseSettings {
    fn default() -> Self {
        Self {
            root: "data/warehouse".into(),
            memory_limit_mb: 2048,
            threads: 2,
            source_priority: SourcePriority::default(),
            keep_generations: 3,
            feature_days: 90,
            coverage_percent: 98.0,
            expected_by: "19:00".to_owned(),
            parquet: ParquetSettings::default(),
        }
    }
}

/// `[warehouse]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct WarehouseConfig {
    /// Folder of the warehouse.
    pub root: PathBuf,
    /// Memory that the writer's DuckDB may use, MiB.
    pub memory_limit_mb: u32,
    /// Threads of the writer's DuckDB.
    pub threads: u32,
    /// Whose bars and events count where several sources have them.
    pub source_priority: SourcePriority,
    /// Published generations that stay.
    pub keep_generations: u32,
    /// Calendar days for which features are stored.
    pub feature_days: u32,
    /// A date with less than this share of its expected codes is withheld, percent.
    pub coverage_percent: f64,
    /// Time by which a trading day's data is due, Asia/Shanghai.
    pub expected_by: NaiveTime,
    /// The generations as Parquet files.
    pub parquet: ParquetConfig,
}

impl WarehouseConfig {
    /// The folder where generations are published.
    pub fn published(&self) -> PathBuf {
        self.root.join("published")
    }
}

impl WarehouseSettings {
    pub(in crate::config) fn resolve(&self, context: &Context) -> Result<WarehouseConfig, ConfigError> {
        Ok(WarehouseConfig {
            root: context.not_empty("warehouse.root", &self.root)?,
            memory_limit_mb: context.within("warehouse.memory_limit_mb", self.memory_limit_mb, 128..=1_048_576)?,
            threads: context.within("warehouse.threads", self.threads, 1..=256)?,
            source_priority: self.source_priority.resolve(context)?,
            keep_generations: context.within("warehouse.keep_generations", self.keep_generations, 1..=1000)?,
            feature_days: context.within("warehouse.feature_days", self.feature_days, 1..=36_500)?,
            coverage_percent: context.within("warehouse.coverage_percent", self.coverage_percent, 0.0..=100.0)?,
            expected_by: values::time_of_day(context, "warehouse.expected_by", &self.expected_by)?,
            parquet: self.parquet.resolve(context, &self.root)?,
        })
    }
}
