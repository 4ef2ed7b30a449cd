//! Serves and works until shutdown, then closes the books.

use std::{sync::Arc, time::Duration};

use access_tokens::TokenStore;
use anyhow::Context as _;
use daemon_kit::{
    config::{ConsoleConfig, QueueConfig},
    readiness::Readiness,
    server::Server,
};
use job_queue::{
    Broker, Queue,
    payload::{WarehouseWriteJob, queue_name},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Daemon;
use crate::{
    health,
    jobs::{self, JobsContext},
    lifecycle, prices, retention,
    rollups::Rollups,
    router,
    supervise::supervise,
};

const ROLLUPS_EVERY: Duration = Duration::from_secs(60);
/// Probes are spread over this share of the time between them.
const SPREAD: u32 = 10;

impl Daemon {
    /// Serves until `shutdown`, then settles what is left, gives leases back and closes the books.
    ///
    /// # Errors
    /// When the queues' addresses cannot be used, or the server fails.
    pub(crate) async fn serve(
        self,
        queue: Option<QueueConfig>,
        console: ConsoleConfig,
        server: Server,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> anyhow::Result<()> {
        let gateway = self.gateway.clone();
        if let Some(queue) = &queue {
            self.work_queue(queue, &shutdown)?;
        }
        lifecycle::start(&gateway, &shutdown);
        self.keep_up();
        let books = gateway.ledger.clone();
        let readiness =
            Readiness::new().check("books", move || std::future::ready(books.stats().trouble.map_or(Ok(()), Err)));
        let noted = self.search.clone();
        let readiness = readiness.note("search", move || noted.as_ref().and_then(|search| search.note()));
        let shared = router::Shared {
            gateway: gateway.clone(),
            channels: self.channels,
            prices: self.prices,
            tokens: self.tokens,
            reconciler: self.reconciler,
            search: self.search,
            admin_token: self.config.admin_token,
            clock: self.clock,
            console,
        };
        let server = router::governed(server.readiness(readiness), shared);
        let served = server.run(listener, shutdown.clone()).await;
        // Where the server failed by itself, the tasks have not heard yet.
        shutdown.cancel();
        lifecycle::finish(&gateway).await;
        if let Err(error) = gateway.ledger.clone().close().await {
            tracing::error!(error = %error, "the books were not closed in order: {error}");
        }
        served.context("serve")
    }

    /// What goes on beside requests: probes, prices, retention.
    fn keep_up(&self) {
        let gateway = &self.gateway;
        let (probed, spread) = (gateway.clone(), self.config.probe_every / SPREAD);
        gateway.tasks.spawn(supervise("health", gateway.closing.clone(), move || {
            health::keep(probed.clone(), spread, probed.closing.clone())
        }));
        let (priced, book) = (gateway.clone(), self.prices.clone());
        gateway
            .tasks
            .spawn(supervise("prices", gateway.closing.clone(), move || prices::follow(priced.clone(), book.clone())));
        let pruned = gateway.clone();
        gateway.tasks.spawn(supervise("retention", gateway.closing.clone(), move || retention::keep(pruned.clone())));
    }

    /// Jobs, roll-ups and the distribution of tokens. Requests need none of it: Redis may come and go.
    fn work_queue(&self, queue: &QueueConfig, shutdown: &CancellationToken) -> anyhow::Result<()> {
        let gateway = &self.gateway;
        let of_gateway = queue.url(queue_name::GATEWAY).expose();
        let store = Arc::new(TokenStore::new(of_gateway).context("queue.urls.gateway")?);
        let (tokens, stop) = (self.tokens.clone(), shutdown.clone());
        gateway.tasks.spawn(supervise("tokens", shutdown.clone(), move || {
            let (tokens, store, stop) = (tokens.clone(), store.clone(), stop.clone());
            async move { tokens.publish(&store, stop).await }
        }));

        let writers = queue.url(queue_name::WAREHOUSE_WRITE).expose();
        let writers = Broker::connect(writers).context("queue.urls.warehouse-write")?;
        let records: Queue<WarehouseWriteJob> = Queue::new(&writers, queue_name::WAREHOUSE_WRITE)?;
        let (ledger, clock, stop) = (gateway.ledger.clone(), self.clock.clone(), shutdown.clone());
        gateway.tasks.spawn(supervise("rollups", shutdown.clone(), move || {
            Rollups::new(ledger.clone(), records.clone(), clock.clone(), ROLLUPS_EVERY).run(stop.clone())
        }));

        let broker = Broker::connect(of_gateway).context("queue.urls.gateway")?;
        let context =
            JobsContext { gateway: gateway.clone(), prices: self.prices.clone(), reconciler: self.reconciler.clone() };
        // Workers that die are begun again by the queue itself.
        gateway.tasks.spawn(jobs::work(&broker, &self.config.jobs, context, &self.clock, shutdown.clone())?);
        Ok(())
    }
}
