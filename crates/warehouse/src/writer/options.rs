//! How the writer works, and the points at which it can be watched.

use std::{fmt, sync::Arc};

use super::SourcePolicy;

/// Called at every [`Step`].
pub type StepObserver = Arc<dyn Fn(Step) + Send + Sync>;

/// How the writer works.
#[derive(Clone)]
pub struct WriterOptions {
    /// DuckDB's memory limit in MB.
    pub memory_limit_mb: u32,
    /// DuckDB's threads.
    pub threads: u32,
    /// Whose row becomes the curated one, and whose corporate actions count.
    pub source_policy: SourcePolicy,
    /// A day with fewer of the expected codes than this, in percent, is withheld.
    pub coverage_percent: f64,
    /// Features are stored for this many calendar days up to the last curated day.
    pub feature_days: u32,
    /// Closed findings, decided quarantine entries and runs are kept for this many calendar days.
    pub keep_log_days: u32,
    /// Published generations that are kept.
    pub keep_generations: u32,
    /// Told of every step; fault tests end the process there.
    pub on_step: Option<StepObserver>,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            memory_limit_mb: 1024,
            threads: 2,
            source_policy: SourcePolicy::default(),
            coverage_percent: 98.0,
            feature_days: 90,
            keep_log_days: 400,
            keep_generations: 3,
            on_step: None,
        }
    }
}

impl fmt::Debug for WriterOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterOptions")
            .field("memory_limit_mb", &self.memory_limit_mb)
            .field("threads", &self.threads)
            .field("source_policy", &self.source_policy)
            .field("coverage_percent", &self.coverage_percent)
            .field("feature_days", &self.feature_days)
            .field("keep_log_days", &self.keep_log_days)
            .field("keep_generations", &self.keep_generations)
            .finish_non_exhaustive()
    }
}

impl WriterOptions {
    /// Tells the observer, if there is one.
    pub(crate) fn step(&self, step: Step) {
        if let Some(observer) = &self.on_step {
            observer(step);
        }
    }
}

/// A point in the writer's work at which a crash must leave nothing half done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The transaction is open, nothing is written.
    BatchBegun,
    /// Raw and normalized rows are written, the rest is not.
    RowsWritten,
    /// Everything is written, nothing is committed.
    BeforeCommit,
    /// The transaction is durable.
    AfterCommit,
    /// A publish begins.
    BeforePublish,
    /// Half of the tail is copied.
    CopyHalfway,
    /// The tail is copied.
    CopyDone,
    /// The copy has been read in full and hashed.
    Verified,
    /// The manifest is durable.
    ManifestWritten,
    /// About to make the generation current.
    BeforeFlip,
    /// The generation is current.
    AfterFlip,
    /// The new base is durable.
    CompactBaseWritten,
    /// The new tail is ready beside the old one.
    CompactBeforeSwap,
    /// The new tail has taken the old one's place.
    CompactAfterSwap,
    /// All rows of a bulk load are in the next base, nothing is curated from them yet.
    BulkRowsWritten,
    /// The next base of a bulk load is durable.
    BulkBaseWritten,
    /// The new tail of a bulk load is ready beside the old one.
    BulkBeforeSwap,
    /// The new tail of a bulk load has taken the old one's place.
    BulkAfterSwap,
}
