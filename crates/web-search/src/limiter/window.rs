//! The searches of one caller in the last minute.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::WINDOW;

/// Times of admitted searches, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<Instant>);

impl Window {
    /// How many searches are left after this one; or how long until there is one again.
    pub(super) fn admit(&mut self, limit: u32, now: Instant) -> Result<u32, Duration> {
        self.forget(now);
        let used = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        if used < limit {
            self.0.push_back(now);
            return Ok(limit - used - 1);
        }
        // With a limit of none there is no oldest one to wait for.
        Err(self.0.front().map_or(WINDOW, |oldest| WINDOW - (now - *oldest)))
    }

    fn forget(&mut self, now: Instant) {
        while self.0.front().is_some_and(|oldest| now - *oldest >= WINDOW) {
            self.0.pop_front();
        }
    }
}
