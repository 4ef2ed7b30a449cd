//! Dying on purpose, for the fault tests: a real `SIGKILL` to this process at a named step.
//!
//! Off unless the environment names a step (`TWILIGHT_CRASH_AT=BeforeFlip`), which only the tests do. A kill from outside
//! cannot be aimed at a step that lasts a millisecond. Which steps there are is each daemon's affair.

/// A step at which this process kills itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrashPoint(String);

impl CrashPoint {
    /// A crash point by the name of its step.
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
