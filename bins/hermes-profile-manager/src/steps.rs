//! Dying on purpose at the n-th step towards the disk, for the fault tests.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use daemon_kit::{config::Environment, crash_point::CrashPoint};

/// Counts the steps of this process that change something durable. `TWILIGHT_CRASH_AT=step-3` kills it before the third.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    crash_at: Option<CrashPoint>,
    taken: Arc<AtomicU32>,
}

impl Steps {
    pub(crate) fn from(environment: &Environment) -> Self {
        Self { crash_at: environment.get("TWILIGHT_CRASH_AT").map(CrashPoint::named), taken: Arc::default() }
    }

    /// A step is about to be taken.
    pub(crate) fn next(&self) {
        if let Some(point) = &self.crash_at {
            let number = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
            point.reached(&format!("step-{number}"));
        }
    }
}
