//! How much of requests' bodies is held at the same time.
//!
//! Thousands may wait for their turn, and each may be as long as the largest body: all of them together would be more
//! than any machine has. Small ones are not counted, because their number is bounded by the queue's.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A body up to this size costs no more than everything else that a request holds.
const SMALL: usize = 64 << 10;
/// Long bodies together, bytes.
const MOST: usize = 512 << 20;

/// Counts them.
#[derive(Debug)]
pub(crate) struct Bodies {
    held: AtomicUsize,
    most: usize,
}

/// A body's part of the whole, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    bodies: Arc<Bodies>,
    bytes: usize,
}

impl Bodies {
    /// For so many bytes altogether.
    pub(super) fn up_to(most: usize) -> Arc<Self> {
        Arc::new(Self { held: AtomicUsize::new(0), most })
    }

    /// For as many as a gateway holds.
    pub(crate) fn new() -> Arc<Self> {
        Self::up_to(MOST)
    }

    /// Nothing yet.
    pub(super) fn none(self: &Arc<Self>) -> Held {
        Held { bodies: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// Counts a body of which there are `length` bytes now; `false` when all together are too many. A single body always
    /// finds room.
    pub(super) fn grow_to(&mut self, length: usize) -> bool {
        if length <= SMALL || length <= self.bytes {
            return true;
        }
        let more = length - self.bytes;
        let others = self.bodies.held.fetch_add(more, Ordering::Relaxed) - self.bytes;
        self.bytes = length;
        others == 0 || others.saturating_add(length) <= self.bodies.most
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.bodies.held.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bodies_together_have_a_bound_and_give_their_room_back() {
        let bodies = Bodies::up_to(10 * SMALL);
        let (mut one, mut two) = (bodies.none(), bodies.none());
        assert!(one.grow_to(4 * SMALL) && one.grow_to(6 * SMALL));
        assert!(two.grow_to(4 * SMALL) && !two.grow_to(5 * SMALL));
        drop(two);
        let mut three = bodies.none();
        assert!(three.grow_to(4 * SMALL));
        drop((one, three));
        assert_eq!(bodies.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn small_ones_are_not_counted_and_one_alone_may_be_as_long_as_it_likes() {
        let bodies = Bodies::up_to(0);
        let mut small: Vec<Held> = (0..100).map(|_| bodies.none()).collect();
        assert!(small.iter_mut().all(|held| held.grow_to(SMALL)));
        let (mut one, mut two) = (bodies.none(), bodies.none());
        assert!(one.grow_to(9 * SMALL) && !two.grow_to(2 * SMALL));
    }
}
