//! A deadline that moves with every chunk.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Moving the deadline back costs a read of the clock: the runtime's timer is only touched when it fires, or has to fire
/// earlier. It is kept with its connection.
#[derive(Debug)]
pub(crate) struct Timer {
    deadline: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    pub(crate) fn new() -> Self {
        Self { deadline: Instant::now(), sleep: None }
    }

    /// Fires `after` from now.
    pub(crate) fn start(&mut self, after: Duration) {
        self.deadline = Instant::now() + after;
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_fires_at_the_last_deadline_whether_that_was_moved_back_or_forth() {
        let mut timer = Timer::new();
        let begin = Instant::now();
        for (after, then) in [(120, 60), (60, 60), (10, 100)] {
            timer.start(Duration::from_secs(after));
            assert!(futures::poll!(poll_fn(|cx| timer.poll(cx))).is_pending());
            let from = begin.elapsed();
            timer.start(Duration::from_secs(then));
            poll_fn(|cx| timer.poll(cx)).await;
            let waited = begin.elapsed().saturating_sub(from);
            assert!(waited.abs_diff(Duration::from_secs(then)) < Duration::from_millis(5), "{waited:?}");
        }
    }
}
