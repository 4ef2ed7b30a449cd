//! Looks for orders that can be moved on: when something happened, and every now and then.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{ProvisionError, Provisioner, measure, order::Order};

/// How often it looks without being asked to. Orders that are parked wait at least twice as long.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Provisioner {
    /// Moves on every order that can be, and suspends every profile whose time is over; how many there were. One that fails
    /// keeps none of the others.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn resume(&self) -> Result<usize, ProvisionError> {
        let now = self.now();
        let due = self.parts().books.read(move |connection| Order::due(connection, now)).await?;
        for number in &due {
            if let Err(error) = self.advance(number).await {
                tracing::error!(order = number, error = %error, "move order {number} on: {error}");
            }
        }
        let lapsed = self.suspend_lapsed().await?;
        measure::record(self).await?;
        Ok(due.len() + lapsed)
    }

    /// Resumes orders until `shutdown`; a step that was begun is finished.
    pub async fn keep(self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.woken() => {}
                _ = looks.tick() => {}
            }
            if let Err(error) = self.resume().await {
                tracing::error!(error = %error, "look for orders: {error}");
            }
        }
    }
}
