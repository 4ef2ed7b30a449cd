//! From a configuration to a running registry.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use daemon_kit::{
    clock::Clock,
    config::{ConsoleConfig, QueueConfig, RegistryConfig},
    crash_point::CrashPoint,
    metrics::Metrics,
    readiness::Readiness,
    server::Server,
};
use job_queue::{Broker, payload::queue_name::PROVISION};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{configured, git, jobs, operations, registry::Registry, router};

/// How long what was begun may take once the server has ended.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// Everything the daemon is given.
pub struct Options {
    /// `[profile-registry]`.
    pub registry: RegistryConfig,
    /// `[queue]`; `None` for a registry without jobs.
    pub queue: Option<QueueConfig>,
    /// `[console]`.
    pub console: ConsoleConfig,
    /// The process's metrics.
    pub metrics: Metrics,
    /// Now.
    pub clock: Clock,
    /// The registry's own program, which git's hooks run.
    pub program: PathBuf,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

/// Carries out what was proved before the last process ended, then serves until `shutdown`.
///
/// # Errors
/// When the configuration cannot be used, the books or the repository cannot be opened, or the server fails.
pub async fn run(options: Options, listener: TcpListener, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Options { registry: config, queue, console, metrics, clock, program, crash_at } = options;
    let asking = configured::asking(&config)?;
    let registry = Registry::open(config, clock, program, crash_at).await?;
    operations::sweep(&registry).await;

    let tasks = TaskTracker::new();
    tasks.spawn(operations::keep(registry.clone(), shutdown.clone()));
    tasks.spawn(registry.provisioner.clone().keep(shutdown.clone()));
    tasks.spawn(read_ahead(registry.clone(), shutdown.clone()));
    if let Some(asking) = asking {
        tasks.spawn(registry.provisioner.clone().keep_asking(asking, shutdown.clone()));
    }
    tasks.spawn(registry.provisioner.alerts().keep(registry.clock.clone(), shutdown.clone()));
    tasks.spawn(git::keep(registry.doors.clone(), shutdown.clone()));
    if let Some(queue) = queue {
        let broker = Broker::connect(queue.url(PROVISION).expose()).context("read the address of the queue")?;
        tasks.spawn(jobs::work(&broker, registry.provisioner.clone(), shutdown.clone())?);
    }
    let server = Server::new("profile-registry", metrics).readiness(readiness(&registry));
    let served = router::routes(server, registry.clone(), &console).run(listener, shutdown.clone()).await;
    // Where the server failed by itself, the tasks have not heard yet.
    shutdown.cancel();
    tasks.close();
    let ended = async { tokio::join!(tasks.wait(), registry.doors.ended()) };
    if tokio::time::timeout(FINISH_WITHIN, ended).await.is_err() {
        tracing::warn!("{} tasks did not end in time; what they did goes on at the next start", tasks.len());
    }
    served.context("serve")
}

/// The first question about the past does not wait for what can be read before, nor the first look at all profiles for how
/// far each is from its template.
async fn read_ahead(registry: Arc<Registry>, shutdown: CancellationToken) {
    const AT_ONCE: usize = 50;

    let read = registry.git(|store| {
        store.read_ahead()?;
        store.last_changes()?;
        store.head()?.profiles()
    });
    let names = match read.await {
        Ok(names) => names,
        Err(error) => return tracing::warn!("read the history ahead: {error}"),
    };
    for names in names.chunks(AT_ONCE) {
        if shutdown.is_cancelled() {
            return;
        }
        if let Err(error) = registry.provisioner.origins(names.to_vec()).await {
            return tracing::warn!("compare profiles with their templates ahead: {error}");
        }
    }
}

fn readiness(registry: &Arc<Registry>) -> Readiness {
    let (books, git, orders) = (registry.clone(), registry.clone(), registry.clone());
    let alerts = registry.provisioner.alerts();
    Readiness::new()
        .note("orders", move || orders.provisioner.note())
        .note("alerts", move || alerts.waiting())
        .check("books", move || {
            let books = books.books.clone();
            async move {
                let read = books.read(|connection| {
                    Ok::<_, crate::BooksError>(connection.query_row("SELECT count(*) FROM host", [], |_| Ok(()))?)
                });
                read.await.map_err(|error| error.to_string())
            }
        })
        .check("owners", move || {
            let git = git.clone();
            async move { git.owners().await.map(drop).map_err(|error| error.to_string()) }
        })
}
