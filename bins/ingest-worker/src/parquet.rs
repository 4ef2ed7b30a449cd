//! Writes each generation as Parquet too, where the configuration asks for it.
//!
//! Beside the publishes, from what they left: none waits for it, and one that fails is tried again until it is there or a
//! newer generation takes its place.

use std::{path::PathBuf, sync::atomic::Ordering, time::Duration};

use daemon_kit::config::WarehouseConfig;
use tokio::sync::watch;
use warehouse::{ParquetExported, ParquetOptions, WarehouseError, export_generation};

/// Pause before a failed export is tried again; a new generation is tried at once.
const RETRY_PAUSE: Duration = Duration::from_secs(60);

/// The export. Dropped, it ends before its next file.
pub(crate) struct ParquetExports {
    published: PathBuf,
    folder: PathBuf,
    options: ParquetOptions,
}

impl ParquetExports {
    /// `None` where the configuration does not ask for it.
    pub(crate) fn of(warehouse: &WarehouseConfig) -> Option<Self> {
        let config = &warehouse.parquet;
        let options = ParquetOptions {
            keep_generations: config.keep_generations,
            memory_limit_mb: config.memory_limit_mb,
            ..ParquetOptions::default()
        };
        config.enabled.then(|| Self { published: warehouse.published(), folder: config.folder.clone(), options })
    }

    /// Exports the newest generation now and after each publish, for ever. What is published while an export runs comes
    /// together in the next.
    pub(crate) async fn keep_exporting(self, mut generation: watch::Receiver<Option<u64>>) {
        loop {
            generation.mark_unchanged();
            let is_there = match self.export().await {
                Ok(exported) => {
                    metrics::gauge!("warehouse_parquet_generation").set(exported.generation as f64);
                    true
                }
                Err(WarehouseError::NoGeneration) => true,
                Err(error) => {
                    metrics::counter!("warehouse_parquet_failures_total").increment(1);
                    tracing::error!(error = %error, "the export as Parquet failed; it is tried again");
                    false
                }
            };
            tokio::select! {
                () = tokio::time::sleep(RETRY_PAUSE), if !is_there => {}
                changed = generation.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn export(&self) -> Result<ParquetExported, WarehouseError> {
        let (published, folder, options) = (self.published.clone(), self.folder.clone(), self.options.clone());
        let exported = tokio::task::spawn_blocking(move || export_generation(&published, &folder, &options)).await;
        exported.unwrap_or_else(|error| Err(WarehouseError::Other(format!("the export ended badly: {error}"))))
    }
}

impl Drop for ParquetExports {
    fn drop(&mut self) {
        self.options.stop.store(true, Ordering::Relaxed);
    }
}
