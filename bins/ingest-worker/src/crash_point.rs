//! Dying on purpose, for the fault tests: a real `SIGKILL` to this process at a named step of a commit or a publish.
//!
//! Off unless the environment names a step (`TWILIGHT_CRASH_AT=BeforeFlip`), which only the tests do. A kill from
//! outside cannot be aimed at a step that lasts a millisecond.

use std::sync::Arc;

use warehouse::Step;

/// A step at which this process kills itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashPoint(String);

impl CrashPoint {
    /// After the vendor's answers have arrived, before anything is written.
    pub const AFTER_FETCH: &'static str = "AfterFetch";

    /// With a number behind it: after so many codes of a backfill were put on disk by this process.
    pub const BACKFILL_STAGED: &'static str = "BackfillStaged";

    /// Every code of a backfill is on disk, the writer has seen none.
    pub const BEFORE_ASSEMBLING: &'static str = "BackfillBeforeAssembling";

    /// The writer has the backfill, readers do not see it yet.
    pub const AFTER_ASSEMBLING: &'static str = "BackfillAfterAssembling";

    /// A crash point by the name of its step: a [`Step`]'s name or one of the constants here.
    pub fn named(step: impl Into<String>) -> Self {
        Self(step.into())
    }

    /// Ends the process, as `kill -9` would, if this is its step.
    pub fn reached(&self, step: &str) {
        if self.0 == step {
            tracing::warn!(step, "crash point reached: killing this process");
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

/// The warehouse's step observer for an optional crash point.
pub(crate) fn observer(point: Option<CrashPoint>) -> Option<Arc<dyn Fn(Step) + Send + Sync>> {
    let point = point?;
    Some(Arc::new(move |step| point.reached(&format!("{step:?}"))))
}
