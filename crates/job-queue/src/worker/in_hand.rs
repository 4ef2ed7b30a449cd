//! The tasks this process is working on, so that a task delivered twice is not worked on twice at the same time.
//!
//! It happens whenever a worker dies of a Redis error: its handlers go on, while its tasks are handed back and delivered again.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct InHand {
    tasks: Mutex<HashSet<String>>,
    freed: Notify,
}

/// Holds one task until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    owner: &'a InHand,
    task: String,
}

impl InHand {
    /// Waits until nobody in this process works on the task.
    pub(super) async fn hold(&self, task: &str) -> Held<'_> {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.lock().insert(task.to_owned()) {
                return Held { owner: self, task: task.to_owned() };
            }
            freed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.owner.lock().remove(&self.task);
        self.owner.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_second_delivery_waits_for_the_first_and_others_do_not() {
        let in_hand = InHand::default();
        let first = in_hand.hold("a").await;
        assert!(in_hand.hold("b").now_or_never().is_some());
        let mut second = Box::pin(in_hand.hold("a"));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        assert_eq!(second.await.task, "a");
    }
}
