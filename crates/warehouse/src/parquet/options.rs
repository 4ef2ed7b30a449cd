//! How an export works, and the points at which it can be watched.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::WarehouseError;

/// How generations are written as Parquet.
#[derive(Clone)]
pub struct ParquetOptions {
    /// Exported generations that stay, the new one included.
    pub keep_generations: u32,
    /// DuckDB's memory limit in MB.
    pub memory_limit_mb: u32,
    /// DuckDB's threads.
    pub threads: u32,
    /// Set it, and the export ends before its next file.
    pub stop: Arc<AtomicBool>,
    /// Told of every step; fault tests end the process there.
    pub on_step: Option<Arc<dyn Fn(ParquetStep) + Send + Sync>>,
}

/// A point in an export at which a crash must leave nothing half done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParquetStep {
    /// A file is written and read back, and has not its name yet.
    FileWritten,
    /// A file is in its place, and nothing says what it holds yet.
    FileInPlace,
    /// A file is in its place and described.
    FileDescribed,
    /// The manifest is durable.
    ManifestWritten,
    /// The generation is the current one.
    AfterFlip,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        Self { keep_generations: 3, memory_limit_mb: 256, threads: 1, stop: Arc::default(), on_step: None }
    }
}

impl fmt::Debug for ParquetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetOptions")
            .field("keep_generations", &self.keep_generations)
            .field("memory_limit_mb", &self.memory_limit_mb)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

impl ParquetOptions {
    /// Tells the observer, if there is one.
    pub(super) fn step(&self, step: ParquetStep) {
        if let Some(observer) = &self.on_step {
            observer(step);
        }
    }

    /// # Errors
    /// `Unavailable` once it is to stop.
    pub(super) fn go_on(&self) -> Result<(), WarehouseError> {
        match self.stop.load(Ordering::Relaxed) {
            true => Err(WarehouseError::Unavailable("the export was told to stop; the next one goes on".to_owned())),
            false => Ok(()),
        }
    }
}
