//! Looks at the file of prices while the gateway runs.

use std::{sync::Arc, time::Duration};

use super::{Look, PriceBook};
use crate::gateway::Gateway;

/// The actor in the audit log: who edited the file, nobody knows here.
const GATEWAY: &str = "gateway";
/// How often it is looked whether the file changed.
const EVERY: Duration = Duration::from_secs(2);

/// Puts an edited file into force, until the gateway closes.
pub(crate) async fn follow(gateway: Arc<Gateway>, prices: Arc<PriceBook>) {
    let mut looks = tokio::time::interval(EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while gateway.closing.run_until_cancelled(looks.tick()).await.is_some() {
        prices.renew(&gateway, Look::IfChanged, GATEWAY).await;
    }
}
