//! The gateway's own tasks, from the first request to the closed books.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{crash_point, events, gateway::Gateway, gauges, leases};

/// How long answers may go on once shutdown has begun; then streams end with an error event. Less than the server's
/// drain deadline, so that callers still get to read it.
const STREAM_GRACE: Duration = Duration::from_secs(15);
/// How long the last settlements and records may take.
const SETTLE_WITHIN: Duration = Duration::from_secs(5);

/// Sets the gateway's tasks going. They end with [`finish`].
pub(crate) fn start(gateway: &Arc<Gateway>, shutdown: &CancellationToken) {
    let closing = gateway.closing.clone();
    let desk = gateway.desk.clone();
    gateway.tasks.spawn({
        let closing = closing.clone();
        async move { desk.run_timer(closing).await }
    });
    gateway.tasks.spawn(leases::keep(gateway.clone(), closing.clone()));
    gateway.tasks.spawn(events::keep_resting(gateway.clone(), closing.clone()));
    gateway.tasks.spawn(gauges::keep(gateway.clone(), closing.clone()));
    let shutdown = shutdown.clone();
    gateway.tasks.spawn(async move {
        if closing.run_until_cancelled(shutdown.cancelled()).await.is_none() {
            return;
        }
        // Until then whoever waits may still get a turn, and streams may reach their own end.
        if closing.run_until_cancelled(tokio::time::sleep(STREAM_GRACE)).await.is_some() {
            tracing::warn!("answers still ran {} s after shutdown, ending them", STREAM_GRACE.as_secs());
            closing.cancel();
        }
    });
}

/// Call it when the server has ended: settles what is left, gives leases back and flushes the books.
pub(crate) async fn finish(gateway: &Gateway) {
    gateway.closing.cancel();
    gateway.tasks.close();
    if tokio::time::timeout(SETTLE_WITHIN, gateway.tasks.wait()).await.is_err() {
        tracing::warn!("{} exchanges were not settled in time, their reservations count as spent", gateway.tasks.len());
    }
    gateway.crash_point(crash_point::BEFORE_RETURN);
    leases::give_all_back(gateway).await;
    if let Err(error) = gateway.ledger.flush().await {
        tracing::error!(error = %error, "the last records were not written: {error}");
    }
}
