//! All servers together: who gets the next question.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

use super::{
    Fault, Lease, ServerHealth, ServerState, probe,
    server::{Proof, Server, Standing},
};
use crate::{ClientConfig, client::Clock};

/// Probes that run at a time.
const PROBES_AT_ONCE: usize = 256;

pub(crate) struct Pool {
    pub(super) config: ClientConfig,
    pub(super) clock: Clock,
    pub(super) probes: Semaphore,
    servers: Mutex<Vec<Server>>,
    /// Set while nobody is to be asked before all probes are over: see [`Pool::offer`].
    comparing: AtomicBool,
    /// Rung whenever a server becomes free, good or bad.
    changed: Notify,
}

/// Why there is no server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoServer {
    /// Every one rests; the first of them until then.
    AllBad(DateTime<Utc>),
    /// Every good one was to be avoided.
    OnlyAvoided,
}

/// What the servers offer right now.
enum Offer {
    Leased(usize),
    /// Somebody is busy or being probed: wait for the bell.
    Wait,
    Nothing(NoServer),
}

impl Pool {
    pub(crate) fn new(config: ClientConfig, clock: Clock) -> Arc<Self> {
        let servers = config.servers.iter().cloned().map(Server::new).collect();
        Arc::new(Self {
            config,
            clock,
            probes: Semaphore::new(PROBES_AT_ONCE),
            servers: Mutex::new(servers),
            comparing: AtomicBool::new(true),
            changed: Notify::new(),
        })
    }

    /// How many servers are configured.
    pub(crate) fn len(&self) -> usize {
        self.servers().len()
    }

    /// Leases a connection to the good server that can be asked soonest, the fastest of those, none of `avoid`. Waits
    /// while good ones are busy or unknown ones are being probed.
    pub(crate) async fn lease(self: &Arc<Self>, avoid: &[usize]) -> Result<Lease, NoServer> {
        let since = Instant::now();
        loop {
            // Listens before it looks, so that nothing is missed in between.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.offer(avoid, since) {
                Offer::Leased(server) => return Ok(Lease::new(Arc::clone(self), server)),
                Offer::Nothing(no_server) => return Err(no_server),
                Offer::Wait => changed.await,
            }
        }
    }

    /// What there is for a caller. Also starts the probes that are due.
    ///
    /// A server that is not fed any more serves real bars, only not the newest: what gives it away is that another one has
    /// newer ones. So where no probe is current, as in the beginning and after a pause, all of them are waited for and
    /// compared; a pool at work probes one server after the other beside it.
    fn offer(self: &Arc<Self>, avoid: &[usize], since: Instant) -> Offer {
        let now = Instant::now();
        let mut servers = self.servers();
        let is_probing = |servers: &[Server]| servers.iter().any(|server| server.standing == Standing::Probing);
        // All probes of a comparison begin together: were new ones to join in, it might never end.
        if !self.comparing.load(Ordering::Relaxed) || !is_probing(&servers) {
            self.start_probes(&mut servers, |server| server.is_due(&self.config, since, now));
        }
        if servers.iter().all(|server| server.standing != Standing::Good) {
            self.comparing.store(true, Ordering::Relaxed);
        }
        if self.comparing.load(Ordering::Relaxed) {
            if is_probing(&servers) {
                return Offer::Wait;
            }
            self.comparing.store(false, Ordering::Relaxed);
        }
        let per_second = self.config.requests_per_second_per_server;
        let room = self.config.connections_per_server.max(1);
        let free = |server: &Server| server.standing == Standing::Good && server.leased < room;
        let candidates = servers.iter_mut().enumerate().filter(|(n, server)| !avoid.contains(n) && free(server));
        let best = candidates.map(|(n, server)| (server.ready_at(per_second, now), server.latency, n)).min();
        if let Some((_, _, best)) = best {
            servers[best].leased += 1;
            return Offer::Leased(best);
        }
        // An unknown one that is not being probed is still leased, and will be once it is given back.
        let may_come = |server: &Server| !matches!(server.standing, Standing::Bad(_));
        if servers.iter().enumerate().any(|(n, server)| may_come(server) && !avoid.contains(&n)) {
            return Offer::Wait;
        }
        if servers.iter().any(may_come) {
            return Offer::Nothing(NoServer::OnlyAvoided);
        }
        let rests = servers.iter().filter_map(|server| match server.standing {
            Standing::Bad(until) => Some(until),
            _ => None,
        });
        Offer::Nothing(NoServer::AllBad(self.wall_clock(rests.min().unwrap_or(now + self.config.cooldown), now)))
    }

    /// Probes every server that is not in use, and waits for the outcome.
    pub(crate) async fn probe_all(self: &Arc<Self>) {
        self.start_probes(&mut self.servers(), |server| {
            server.standing != Standing::Probing && (server.leased == 0 || server.standing != Standing::Good)
        });
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if !self.servers().iter().any(|server| server.standing == Standing::Probing) {
                return;
            }
            changed.await;
        }
    }

    fn start_probes(self: &Arc<Self>, servers: &mut [Server], wanted: impl Fn(&Server) -> bool) {
        for (n, server) in servers.iter_mut().enumerate().filter(|(_, server)| wanted(server)) {
            server.standing = Standing::Probing;
            tokio::spawn(probe::run(probe::Running::new(Arc::clone(self), n), server.address.clone()));
        }
    }

    pub(crate) fn health(&self) -> Vec<ServerHealth> {
        let now = Instant::now();
        let state = |standing| match standing {
            Standing::Unknown | Standing::Probing => ServerState::Unknown,
            Standing::Good => ServerState::Good,
            Standing::Bad(until) => ServerState::Bad { retry_at: self.wall_clock(until, now) },
        };
        self.servers()
            .iter()
            .map(|server| ServerHealth {
                server: server.address.clone(),
                state: state(server.standing),
                latency: server.latency,
                newest_bar: server.newest_bar,
                last_fault: server.last_fault.clone(),
            })
            .collect()
    }

    /// A probe is over. A server whose newest bar is older than another's has failed it; those that turn out to be older
    /// now are probed once more, for theirs may have been the first of a new day to be asked for.
    pub(super) fn probed(&self, server: usize, outcome: Result<Proof, Fault>) {
        let mut servers = self.servers();
        let now = Instant::now();
        let newest_of = |server: &Server| server.newest_bar.filter(|_| server.standing == Standing::Good);
        let freshest = servers.iter().filter_map(newest_of).max();
        let outcome = outcome.and_then(|proof| match freshest {
            Some(freshest) if proof.newest < freshest => Err(Fault::Implausible(format!(
                "it is not fed: its newest bar is of {}, another server has one of {freshest}",
                proof.newest
            ))),
            _ => Ok(proof),
        });
        match outcome {
            Ok(proof) => {
                let (newest, latency_ms) = (proof.newest, proof.took.as_millis());
                tracing::debug!(tdx.server = servers[server].address, latency_ms, "probe passed");
                servers[server].passed_probe(proof, now);
                for other in servers.iter_mut().filter(|other| newest_of(other).is_some_and(|day| day < newest)) {
                    other.standing = Standing::Unknown;
                }
            }
            Err(fault) => {
                tracing::info!(tdx.server = servers[server].address, fault = %fault, "probe failed");
                servers[server].failed_probe(&fault, &self.config, now);
            }
        }
        drop(servers);
        self.changed.notify_waiters();
    }

    /// Reads or changes one server, then rings the bell.
    pub(super) fn update<R>(&self, server: usize, change: impl FnOnce(&mut Server, &ClientConfig, Instant) -> R) -> R {
        let result = change(&mut self.servers()[server], &self.config, Instant::now());
        self.changed.notify_waiters();
        result
    }

    /// The server failed a caller.
    pub(crate) fn blame(&self, server: usize, fault: &Fault) {
        self.update(server, |server, config, now| {
            tracing::warn!(tdx.server = server.address, fault = %fault, "server fault: asking another server");
            server.failed_caller(fault, config, now);
        });
    }

    pub(crate) fn wall_clock_now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    fn wall_clock(&self, instant: Instant, now: Instant) -> DateTime<Utc> {
        let ahead = TimeDelta::from_std(instant.saturating_duration_since(now)).unwrap_or(TimeDelta::MAX);
        let wall = (self.clock)();
        wall.checked_add_signed(ahead).unwrap_or(wall)
    }

    fn servers(&self) -> MutexGuard<'_, Vec<Server>> {
        // A server is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
