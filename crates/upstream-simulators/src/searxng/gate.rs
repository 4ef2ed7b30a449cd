//! Holds answers back until a test lets them go.

use tokio::sync::watch;

/// The handle on a server's gate. While it is shut, searches arrive and are counted, and none is answered. Clones are the
/// same gate.
#[derive(Debug, Clone)]
pub struct SearxngGate(watch::Sender<bool>);

impl SearxngGate {
    pub(super) fn new() -> Self {
        Self(watch::channel(true).0)
    }

    /// From now on no search is answered.
    pub fn shut(&self) {
        self.0.send_replace(false);
    }

    /// All searches are answered.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        // An error would say that the sender is gone, and `self` is the sender.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}
