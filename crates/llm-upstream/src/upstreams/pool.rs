//! Connections that wait for the next request.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Timer, UpstreamOptions, Wire,
    connector::Connector,
    locked,
    shared::{InFlight, Shared},
};
use crate::{SendError, target::Origin};

type Hosts = HashMap<Arc<str>, Arc<Pool>>;

/// The pools of all hosts.
pub(super) struct Pools {
    pub(super) options: UpstreamOptions,
    connector: Connector,
    /// Of each lane.
    hosts: Mutex<Vec<Hosts>>,
    has_reaper: AtomicBool,
}

/// The connections to one host that are not in use, or can be shared.
pub(crate) struct Pool {
    idle_per_host: usize,
    idle_timeout: Duration,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    #[expect(clippy::vec_box, reason = "a connection is moved between here, its request and its answer's body")]
    /// The last used one last: it is taken first, so that the others may grow old.
    wires: Vec<Box<Wire>>,
    shared: Vec<Arc<Shared>>,
}

/// A connection for one request.
pub(super) enum Leased {
    Wire(Box<Wire>),
    Shared(InFlight, Timer),
}

impl Pools {
    pub(super) fn new(options: UpstreamOptions) -> io::Result<Self> {
        let connector = Connector::new(&options)?;
        Ok(Self { options, connector, hosts: Mutex::default(), has_reaper: AtomicBool::new(false) })
    }

    pub(super) fn of(self: &Arc<Self>, origin: &Origin) -> Arc<Pool> {
        if !self.has_reaper.load(Ordering::Relaxed) && !self.has_reaper.swap(true, Ordering::Relaxed) {
            tokio::spawn(reap(Arc::downgrade(self), self.options.pool_idle_timeout));
        }
        let lane = (self.options.lane)();
        let mut lanes = locked(&self.hosts);
        if lanes.len() <= lane {
            lanes.resize_with(lane + 1, Hosts::new);
        }
        let hosts = &mut lanes[lane];
        if let Some(pool) = hosts.get(&origin.name) {
            return pool.clone();
        }
        let pool = Arc::new(Pool {
            idle_per_host: self.options.pool_idle_per_host,
            idle_timeout: self.options.pool_idle_timeout,
            connections: Mutex::default(),
        });
        hosts.insert(origin.name.clone(), pool.clone());
        pool
    }

    /// A new connection, of whichever version the server wants.
    pub(super) async fn connect(&self, origin: &Origin, pool: &Pool) -> Result<Leased, SendError> {
        let (io, http2) = self.connector.connect(origin).await?;
        if !http2 {
            return Ok(Leased::Wire(Wire::handshake(io).await?));
        }
        let shared = Shared::handshake(io).await?;
        let claimed = shared.claim().ok_or_else(|| {
            let problem = "it ended as soon as it stood".to_owned();
            SendError::Connect { problem }
        })?;
        pool.offer(shared);
        Ok(Leased::Shared(claimed, Timer::new()))
    }

    pub(super) fn idle(&self) -> usize {
        let pools: Vec<Arc<Pool>> = locked(&self.hosts).iter().flat_map(Hosts::values).cloned().collect();
        pools.iter().map(|pool| pool.idle()).sum()
    }

    fn prune(&self) {
        for hosts in locked(&self.hosts).iter_mut() {
            hosts.retain(|_, pool| {
                pool.prune();
                pool.idle() > 0 || Arc::strong_count(pool) > 1
            });
        }
    }
}

/// Closes what has been unused for too long, or was hung up by the other side.
async fn reap(pools: Weak<Pools>, idle_timeout: Duration) {
    let mut ticks = tokio::time::interval((idle_timeout / 2).max(Duration::from_millis(100)));
    loop {
        ticks.tick().await;
        let Some(pools) = pools.upgrade() else { return };
        pools.prune();
    }
}

impl Pool {
    /// A connection that stands and that the other side has not hung up.
    pub(super) fn lease(&self) -> Option<Leased> {
        let mut next = {
            let mut connections = locked(&self.connections);
            connections.shared.retain(|shared| shared.is_open());
            if let Some(claimed) = connections.shared.iter().find_map(Shared::claim) {
                return Some(Leased::Shared(claimed, Timer::new()));
            }
            connections.wires.pop()
        };
        while let Some(mut wire) = next {
            // One look is a try to read; nobody waits for it.
            if wire.idle_since.elapsed() < self.idle_timeout && wire.is_usable() {
                return Some(Leased::Wire(wire));
            }
            next = locked(&self.connections).wires.pop();
        }
        None
    }

    /// Takes a connection back whose answer was read to its end. One that cannot take another request is closed.
    pub(crate) fn give_back(&self, mut wire: Box<Wire>) {
        if !wire.is_usable() {
            return;
        }
        wire.idle_since = Instant::now();
        let mut connections = locked(&self.connections);
        if connections.wires.len() < self.idle_per_host {
            connections.wires.push(wire);
        }
    }

    /// Shares a new connection, unless one with room came first.
    fn offer(&self, shared: Arc<Shared>) {
        let mut connections = locked(&self.connections);
        let has_room = connections.shared.iter().any(|other| other.claim().is_some());
        if !has_room {
            connections.shared.push(shared);
        }
    }

    fn prune(&self) {
        let mut connections = locked(&self.connections);
        connections.shared.retain(|shared| shared.is_open() && !shared.is_idle(self.idle_timeout));
        connections.wires.retain_mut(|wire| wire.idle_since.elapsed() < self.idle_timeout && wire.is_usable());
    }

    fn idle(&self) -> usize {
        let connections = locked(&self.connections);
        let is_idle = |shared: &&Arc<Shared>| shared.is_open() && shared.is_idle(Duration::ZERO);
        connections.wires.len() + connections.shared.iter().filter(is_idle).count()
    }
}
