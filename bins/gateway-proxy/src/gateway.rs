//! What every request, task and admin route of the gateway shares.

use std::sync::Arc;

use access_tokens::Directory;
use arc_swap::ArcSwap;
use daemon_kit::crash_point::CrashPoint;
use gateway_ledger::Ledger;
use llm_upstream::Upstreams;
use route_policy::{PriceTable, Router};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    channel_table::ChannelTable,
    events::Resting,
    measure::Meters,
    pump::Desk,
    relay::{Bodies, RelayOptions},
    time::Time,
    unpriced::Unpriced,
};

/// The gateway. One per process; requests hold it by `Arc`.
pub(crate) struct Gateway {
    /// How requests are relayed.
    pub(crate) options: RelayOptions,
    /// The router behind its lock, with those who wait for it.
    pub(crate) desk: Arc<Desk>,
    /// The connections to all upstreams.
    pub(crate) upstreams: Upstreams,
    /// What the relay knows of each channel. Replaced together with [`Router::configure`], under the router's lock.
    pub(crate) channels: ArcSwap<ChannelTable>,
    /// The prices that requests are settled by; the router holds the same table.
    pub(crate) prices: ArcSwap<PriceTable>,
    /// The long bodies that are held now.
    pub(crate) bodies: Arc<Bodies>,
    /// The books.
    pub(crate) ledger: Ledger,
    /// Who is let in.
    pub(crate) directory: Arc<Directory>,
    /// Now.
    pub(crate) time: Time,
    /// The counters that every request touches.
    pub(crate) meters: Meters,
    /// Models without a price, each told once.
    pub(crate) unpriced: Unpriced,
    /// What rests, as the books know it.
    pub(crate) resting: Resting,
    /// Exchanges whose caller has gone, and everything else that must end before the books are closed.
    pub(crate) tasks: TaskTracker,
    /// Streams end with an error event, and drains stop, once this is cancelled: the last part of a shutdown.
    pub(crate) closing: CancellationToken,
    /// Where to die, in fault tests.
    crash_at: Option<CrashPoint>,
}

/// What a [`Gateway`] is made of.
pub(crate) struct Parts {
    /// How requests are relayed.
    pub(crate) options: RelayOptions,
    /// A router, configured or not.
    pub(crate) router: Router,
    /// The connections.
    pub(crate) upstreams: Upstreams,
    /// The books.
    pub(crate) ledger: Ledger,
    /// Who is let in.
    pub(crate) directory: Arc<Directory>,
    /// Now.
    pub(crate) time: Time,
    /// The prices.
    pub(crate) prices: Arc<PriceTable>,
    /// Where to die, in fault tests.
    pub(crate) crash_at: Option<CrashPoint>,
}

impl Gateway {
    /// A gateway without channels. [`lifecycle::start`](crate::lifecycle::start) sets its tasks going.
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { options, router, upstreams, ledger, directory, time, prices, crash_at } = parts;
        Arc::new(Self {
            desk: Desk::new(router, time.clone()),
            options,
            upstreams,
            channels: ArcSwap::default(),
            prices: ArcSwap::new(prices),
            bodies: Bodies::new(),
            ledger,
            directory,
            time,
            meters: Meters::new(),
            unpriced: Unpriced::default(),
            resting: Resting::default(),
            tasks: TaskTracker::new(),
            closing: CancellationToken::new(),
            crash_at,
        })
    }

    /// Puts other prices into force: for what is asked from now on.
    pub(crate) fn take_prices(&self, table: Arc<PriceTable>) {
        self.desk.act(|router, _| router.set_prices(table.clone()));
        self.prices.store(table);
        self.unpriced.forget();
    }

    /// Dies here, where a fault test says so.
    pub(crate) fn crash_point(&self, step: &str) {
        if let Some(point) = &self.crash_at {
            point.reached(step);
        }
    }
}
