//! A gateway that governs: its books, its router and everything that is restored from the books at the start.

mod options;
mod serve;

use std::sync::Arc;

use access_tokens::Directory;
use anyhow::Context as _;
use daemon_kit::{clock::Clock, config::GatewayConfig, crash_point::CrashPoint};
use gateway_ledger::{Ledger, LedgerOptions, Recovery};
use llm_upstream::Upstreams;
use route_policy::Router;

use crate::{
    channels::{self, Channels},
    gateway::{Gateway, Parts},
    prices::{self, PriceBook, Reloaded},
    reconcile::Reconciler,
    relay::RelayOptions,
    search::SearchFront,
    time::Time,
    tokens::Tokens,
};

/// The parts that routes and tasks share.
pub(crate) struct Daemon {
    config: GatewayConfig,
    gateway: Arc<Gateway>,
    channels: Arc<Channels>,
    prices: Arc<PriceBook>,
    tokens: Arc<Tokens>,
    reconciler: Arc<Reconciler>,
    search: Option<Arc<SearchFront>>,
    clock: Clock,
}

impl Daemon {
    /// Opens the books and goes on where the last process ended.
    ///
    /// # Errors
    /// When another process keeps the books, they cannot be read, or the configuration cannot be used.
    pub(crate) async fn open(
        config: GatewayConfig,
        upstreams: Upstreams,
        clock: Clock,
        crash_at: Option<CrashPoint>,
    ) -> anyhow::Result<Self> {
        let now = clock.now();
        let channels = Arc::new(Channels::new(&config)?);
        let ledger_options = LedgerOptions { keep_days: config.keep_days, ..LedgerOptions::default() };
        let folder = config.state.clone();
        let opened = tokio::task::spawn_blocking(move || Ledger::open(&folder, ledger_options, now)).await?;
        let books = || format!("open the books in {}, as gateway-proxy.state says", config.state.display());
        let (ledger, recovery) = opened.with_context(books)?;
        channels::reseal(&ledger, &config, now).await?;
        let (prices, found) =
            PriceBook::open(&config.prices, &config.state, options::default_price(&config), now).await?;
        let prices = Arc::new(prices);
        let directory = Arc::new(Directory::new());
        let tokens = Arc::new(Tokens::new(ledger.clone(), directory.clone(), clock.clone()));
        tokens.load().await.context("read the client tokens")?;
        let search = config.search.as_ref();
        let search =
            search.map(|search| SearchFront::new(search, &config.state, directory.clone(), &clock)).transpose()?;
        let gateway = Gateway::new(Parts {
            options: RelayOptions::from(&config),
            router: restored(Router::new(options::router(&config)), &recovery),
            upstreams,
            ledger,
            directory,
            time: Time::new(clock.clone()),
            prices: prices.table(),
            crash_at,
        });
        channels.restore(&gateway).await.context("read what was changed about channels")?;
        if let Reloaded::Changed(changed) = found {
            prices::tell(&gateway, &changed, "gateway").await;
        }
        if config.admin_token.is_none() {
            tracing::warn!(
                "gateway-proxy.admin_token is not configured: only access tokens with the scope admin may operate"
            );
        }
        let reconciler = Arc::new(Reconciler::new(gateway.clone(), channels.clone()));
        let search = search.map(Arc::new);
        Ok(Self { config, gateway, channels, prices, tokens, reconciler, search, clock })
    }
}

/// The router knows what was spent before this process began, and what its predecessor lost by dying.
fn restored(mut router: Router, recovery: &Recovery) -> Router {
    for lost in &recovery.written_off {
        let (channel, day, amount) = (&lost.channel, lost.day, lost.amount);
        metrics::counter!("gateway_written_off_total", "channel" => channel.clone()).increment(1);
        tracing::warn!(
            channel,
            "{amount} CNY of {channel} on {day} were leased when the last process died, and count as spent"
        );
    }
    for (channel, day, spent) in &recovery.spent {
        router.restore_spent(channel, *day, *spent);
    }
    for (profile, day, spent) in &recovery.profile_spent {
        router.restore_profile_spent(profile, *day, *spent);
    }
    router
}
