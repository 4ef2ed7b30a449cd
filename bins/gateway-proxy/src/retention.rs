//! Removes what is older than the books keep.

use std::{sync::Arc, time::Duration};

use crate::gateway::Gateway;

const EVERY: Duration = Duration::from_secs(3_600);

/// Prunes now and every hour, until the gateway closes.
pub(crate) async fn keep(gateway: Arc<Gateway>) {
    loop {
        match gateway.ledger.prune(gateway.time.clock().now()).await {
            Ok(pruned) if pruned.requests > 0 => {
                tracing::info!(requests = pruned.requests, "old requests were removed")
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error = %error, "old requests were not removed: {error}"),
        }
        if gateway.closing.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return;
        }
    }
}
