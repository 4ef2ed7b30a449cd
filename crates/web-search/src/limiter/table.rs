//! The callers of one kind.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use super::{CallerKey, WINDOW, window::Window};

/// Nobody is told to come back at once.
const MOMENT: Duration = Duration::from_millis(1);

/// Who searched in the last minute, and how often. Every step costs the logarithm of their number at most, so a flood of
/// newcomers is no work for anybody else.
#[derive(Debug)]
pub(super) struct Table {
    limit: u32,
    max_callers: usize,
    callers: HashMap<CallerKey, Remembered>,
    /// By when they become idle, the next one first. The number tells those of one moment apart.
    idle: BTreeMap<(Instant, u64), CallerKey>,
    /// Callers remembered ever.
    numbers: u64,
    /// The latest time that was seen.
    latest: Option<Instant>,
}

#[derive(Debug)]
struct Remembered {
    window: Window,
    /// Its place in the order of idleness.
    idle_from: (Instant, u64),
}

impl Table {
    pub(super) fn new(limit: u32, max_callers: usize) -> Self {
        Self { limit, max_callers, callers: HashMap::new(), idle: BTreeMap::new(), numbers: 0, latest: None }
    }

    pub(super) fn len(&self) -> usize {
        self.callers.len()
    }

    /// How many searches the caller has left after this one; or how long until he has one again.
    pub(super) fn admit(&mut self, caller: &CallerKey, now: Instant) -> Result<u32, Duration> {
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);
        if self.limit == 0 {
            return Err(WINDOW);
        }
        self.forget_idle(now);
        if let Some(known) = self.callers.get_mut(caller) {
            let left = known.window.admit(self.limit, now)?;
            if let Some(caller) = self.idle.remove(&known.idle_from) {
                known.idle_from.0 = now + WINDOW;
                self.idle.insert(known.idle_from, caller);
            }
            return Ok(left);
        }
        if self.callers.len() >= self.max_callers {
            let next = self.idle.first_key_value().map(|((idle_from, _), _)| idle_from.duration_since(now));
            return Err(next.unwrap_or(WINDOW).max(MOMENT));
        }
        let mut window = Window::default();
        let left = window.admit(self.limit, now)?;
        let idle_from = (now + WINDOW, self.numbers);
        self.numbers += 1;
        self.idle.insert(idle_from, caller.clone());
        self.callers.insert(caller.clone(), Remembered { window, idle_from });
        Ok(left)
    }

    fn forget_idle(&mut self, now: Instant) {
        while let Some(next) = self.idle.first_entry().filter(|next| next.key().0 <= now) {
            self.callers.remove(&next.remove());
        }
        // A flood that is over gives its memory back.
        if self.callers.capacity() > 1_024 && self.callers.len() < self.callers.capacity() / 8 {
            self.callers.shrink_to(self.callers.len() * 2);
        }
    }
}
