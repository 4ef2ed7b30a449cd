//! Dying on purpose, for the fault tests: a real `SIGKILL` to this process at a named step.
//!
//! Off unless the environment names a step (`TWILIGHT_CRASH_AT=QualityAlertSent`), which only the tests do. A kill from outside
//! cannot be aimed at a step that lasts a millisecond.

/// A step at which this process kills itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashPoint(String);

impl CrashPoint {
    /// The first part of a check's findings is in the queue, the check is not done.
    pub const PART_PUSHED: &'static str = "QualityPartPushed";

    /// Every part is in the queue, nobody was told.
    pub const CHECK_RECORDED: &'static str = "QualityCheckRecorded";

    /// A target has a message, and it is not noted yet.
    pub const ALERT_SENT: &'static str = "QualityAlertSent";

    /// A crash point by the name of its step: one of the constants here.
    pub fn named(step: impl Into<String>) -> Self {
        Self(step.into())
    }

    /// Ends the process, as `kill -9` would, if this is its step.
    pub(crate) fn reached(&self, step: &str) {
        if self.0 == step {
            tracing::warn!(step, "crash point reached: killing this process");
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}
