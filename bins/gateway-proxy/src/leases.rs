//! The lease keeper: takes budget from the books ahead of need, and gives back what days left over.

use std::{sync::Arc, time::Duration};

use route_policy::{LeaseWant, Returnable};
use tokio_util::sync::CancellationToken;

use crate::{crash_point, gateway::Gateway};

/// How often it looks without being asked: a new day, a new channel, a failed lease that may work now.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Keeps leases until `shutdown`. Many are under way at the same time, one per channel and day.
pub(crate) async fn keep(gateway: Arc<Gateway>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = gateway.desk.leases_wanted() => {}
            _ = ticks.tick() => {}
        }
        let (wanted, over) = gateway
            .desk
            .keep_leases(|router, at| (router.wanted_leases(at), router.returnable(Returnable::OverDays, at)));
        for want in wanted {
            // Not part of this task: a lease that is being written must be heard of, also when shutdown begins.
            gateway.tasks.spawn(take(gateway.clone(), want));
        }
        for done in over {
            give_back(&gateway, done).await;
        }
    }
}

/// Gives every lease back, down to what was spent: the last thing that happens before the books are closed.
pub(crate) async fn give_all_back(gateway: &Gateway) {
    let all = gateway.desk.act(|router, at| router.returnable(Returnable::All, at));
    for done in all {
        give_back(gateway, done).await;
    }
}

async fn take(gateway: Arc<Gateway>, want: LeaseWant) {
    let LeaseWant { channel, day, amount, limit } = want;
    match gateway.ledger.lease(&channel, day, amount, limit).await {
        Ok(granted) => {
            gateway.crash_point(crash_point::LEASE_TAKEN);
            metrics::counter!("gateway_leases_total", "outcome" => "granted").increment(1);
            gateway.desk.act(|router, _| router.lease_granted(&channel, day, granted));
        }
        Err(error) => {
            metrics::counter!("gateway_leases_total", "outcome" => "failed").increment(1);
            tracing::error!(channel = &*channel, error = %error, "no lease of {amount} CNY for {channel}: {error}");
            gateway.desk.act(|router, at| router.lease_failed(&channel, day, at));
        }
    }
}

async fn give_back(gateway: &Gateway, done: route_policy::Return) {
    let route_policy::Return { channel, day, spent } = done;
    if let Err(error) = gateway.ledger.return_lease(&channel, day, spent).await {
        // It counts as spent, which is the safe side; the next start writes it off by name.
        tracing::error!(channel = &*channel, error = %error, "the lease of {channel} for {day} was not given back: {error}");
    }
}
