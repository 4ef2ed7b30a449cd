//! A run of git, with everything that it has started.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;

/// How long programs have to end in order.
const GRACE: Duration = Duration::from_secs(2);
/// How long the kernel has to end what was killed.
const END: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(5);

/// The group of a child that was started as its leader.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProcessGroup(Pid);

impl ProcessGroup {
    /// Of a child that nobody has waited for yet.
    pub(super) fn of(child: &Child) -> Option<Self> {
        child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).map(Self)
    }
}

/// Ends git and all that runs below it; when it returns nobody of them works on.
pub(super) async fn end(ProcessGroup(group): ProcessGroup, child: &mut Child) {
    for (signal, patience) in [(Signal::TERM, GRACE), (Signal::KILL, END)] {
        // An error says that nobody is left.
        let _ = kill_process_group(group, signal);
        let gone = async {
            let mut ticks = tokio::time::interval(EVERY);
            loop {
                ticks.tick().await;
                let _ = child.try_wait();
                if test_kill_process_group(group).is_err() {
                    break;
                }
            }
        };
        if tokio::time::timeout(patience, gone).await.is_ok() {
            return;
        }
    }
    tracing::warn!("a killed run of git has left processes behind");
}
