//! Everything that is asked, and what comes of it.

use chrono::{DateTime, Utc};
use daemon_kit::{clock::Clock, config::Config};
use reqwest::Client;
use serde::Serialize;

use super::{
    channels::{self, Channel},
    daemons::{self, Daemon, State},
    disks::{self, DiskState},
    health::{Health, Problem, Problems},
    metrics::label,
    published::{self, Published},
    queues::{self, QueueState},
};

/// The whole system.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) at: DateTime<Utc>,
    pub(super) health: Health,
    /// What is not as it should be, the worst first.
    pub(super) problems: Vec<Problem>,
    pub(super) daemons: Vec<Daemon>,
    pub(super) queues: Vec<QueueState>,
    /// `None` where reading it took too long.
    pub(super) published: Option<Vec<Published>>,
    /// `None` where the gateway is not asked.
    pub(super) channels: Option<Vec<Channel>>,
    /// `None` where the registry is not asked.
    pub(super) orders: Option<Orders>,
    /// `None` where asking took too long.
    pub(super) disks: Option<Vec<DiskState>>,
    /// The manual: a problem's `section` is a heading there.
    pub(super) runbook: String,
}

/// Orders of the registry.
#[derive(Debug, Serialize)]
pub(super) struct Orders {
    /// Stopped until somebody looks.
    pub(super) parked: u64,
    /// How many stand in which state.
    pub(super) by_state: Vec<(String, u64)>,
}

impl Report {
    /// Asks everything at once.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub(super) async fn of(config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let (status, now) = (config.status(), clock.now());
        let client = daemons::client(status.timeout)?;
        let queue = config.queue().map_err(|error| error.to_string());
        let (here, there) = (config.clone(), disks::folders(config));
        let (daemons, queues, published, disks) = tokio::join!(
            async {
                let daemons = daemons::ask(status, &client).await;
                let channels = channels(config, &client, &daemons).await;
                (daemons, channels)
            },
            queues::ask(queue, status),
            bounded(config, move || published::read(&here, now)),
            bounded(config, move || disks::ask(&there)),
        );
        let (daemons, channels) = daemons;
        let mut report = Self {
            at: now,
            health: Health::Ok,
            problems: Vec::new(),
            orders: orders(&daemons),
            daemons,
            queues,
            published,
            channels,
            disks,
            runbook: status.runbook.clone(),
        };
        report.judge(status.seen.disk_alarm_percent);
        Ok(report)
    }

    fn judge(&mut self, disk_alarm_percent: f64) {
        let mut problems = Problems::default();
        daemons::judge(&self.daemons, &mut problems);
        queues::judge(&self.queues, &mut problems);
        match &self.published {
            Some(published) => published::judge(published, &mut problems),
            None => problems.look("generation", "data", "reading the published folder takes too long"),
        }
        if let (Some(channels), Some(gateway)) = (&self.channels, gateway(&self.daemons)) {
            channels::judge(gateway, channels, &mut problems);
        }
        if let Some(parked @ 1..) = self.orders.as_ref().map(|orders| orders.parked) {
            problems.look("registry-orders", "orders", format!("{parked} are parked: GET /orders has the reasons"));
        }
        match &self.disks {
            Some(disks) => disks::judge(disks, disk_alarm_percent, &mut problems),
            None => problems.look("disk_space", "disks", "asking them takes too long"),
        }
        self.problems = problems.0;
        self.problems.sort_by_key(|problem| std::cmp::Reverse(problem.health));
        self.health = self.problems.iter().map(|problem| problem.health).max().unwrap_or(Health::Ok);
    }
}

/// Runs what may block on a thread that nobody waits for longer than any question may take.
async fn bounded<T: Send + 'static>(config: &Config, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = done.send(work());
    });
    tokio::time::timeout(config.status().timeout, result).await.ok()?.ok()
}

fn gateway(daemons: &[Daemon]) -> Option<&Daemon> {
    daemons.iter().find(|daemon| daemon.name == "gateway-proxy" && answers(daemon))
}

fn answers(daemon: &Daemon) -> bool {
    matches!(daemon.state, State::Ready | State::NotReady)
}

async fn channels(config: &Config, client: &Client, daemons: &[Daemon]) -> Option<Vec<Channel>> {
    let gateway = gateway(daemons)?;
    if let (Some(token), Some(url)) = (channels::token(config), &gateway.url)
        && let Some(channels) = channels::ask(client, url, &token).await
    {
        return Some(channels);
    }
    Some(channels::by_metrics(gateway))
}

fn orders(daemons: &[Daemon]) -> Option<Orders> {
    let registry = daemons.iter().find(|daemon| daemon.name == "profile-registry" && answers(daemon))?;
    let parked = registry.samples.value("registry_orders_parked")? as u64;
    let states = registry.samples.all("registry_orders");
    let by_state = states.filter_map(|(labels, count)| Some((label(labels, "state")?.to_owned(), count as u64)));
    Some(Orders { parked, by_state: by_state.collect() })
}
