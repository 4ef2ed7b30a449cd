//! Something that is asked: a gateway, a proxy, or the provider itself.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{process::Command, time::Instant};

use super::{client::Connection, question::request};
use crate::{
    daemon::Daemon,
    machine::{self, Memory, ProcessorTime},
};

const START_PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Something that is asked, with its processes, which end when it is dropped.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    /// Header lines of its callers, each ended with CRLF.
    pub(super) headers: String,
    daemon: Option<Daemon>,
    /// Memory after its start, before it was asked anything, MB.
    pub(super) idle_mb: f64,
}

impl Subject {
    /// The provider, asked directly.
    pub(super) fn direct(address: SocketAddr) -> Self {
        let headers = "authorization: Bearer none\r\n".to_owned();
        Self { name: "the provider itself", address, headers, daemon: None, idle_mb: 0.0 }
    }

    /// A process that runs and listens.
    pub(super) fn of(name: &'static str, address: SocketAddr, headers: String, daemon: Daemon) -> anyhow::Result<Self> {
        Self { name, address, headers, daemon: Some(daemon), idle_mb: 0.0 }.idle()
    }

    fn idle(mut self) -> anyhow::Result<Self> {
        self.idle_mb = self.memory()?.iter().map(|memory| memory.own_mb + memory.mapped_mb).sum();
        Ok(self)
    }

    /// Starts a `command` of somebody else's and waits until it answers.
    ///
    /// # Errors
    /// When it does not within two minutes.
    pub(super) async fn start(
        name: &'static str,
        address: SocketAddr,
        headers: String,
        command: Command,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let file = name.to_lowercase().replace(' ', "-");
        let daemon = Daemon::spawn(&file, command, folder)?;
        let starting = Self { name, address, headers, daemon: Some(daemon), idle_mb: 0.0 };
        starting.answers().await?;
        starting.idle()
    }

    /// Waits until it answers.
    async fn answers(&self) -> anyhow::Result<()> {
        let until = Instant::now() + START_PATIENCE;
        let request = request(self.address, &self.headers, false);
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let asked = async { Connection::open(self.address).await?.exchange(&request, |_| {}).await };
            let Err(error) = tokio::time::timeout_at(until, asked).await? else { return Ok(()) };
            let log = self.daemon.as_ref().map(Daemon::log_end).unwrap_or_default();
            if Instant::now() > until {
                return Err(error.context(format!("{} does not answer; its log:\n{log}", self.name)));
            }
        }
    }

    /// The memory of each of its processes.
    fn memory(&self) -> anyhow::Result<Vec<Memory>> {
        self.processes()?.into_iter().map(Memory::of).collect()
    }

    /// The most that its processes ever had resident, together, MB.
    ///
    /// # Errors
    /// When one has ended.
    pub(super) fn peak_mb(&self) -> anyhow::Result<f64> {
        Ok(self.memory()?.iter().map(|memory| memory.peak_mb).sum())
    }

    /// Processor time of all its processes.
    ///
    /// # Errors
    /// When one has ended.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        let start = ProcessorTime::default();
        self.processes()?.into_iter().map(|pid| Ok(ProcessorTime::of(pid)?.since(start))).sum()
    }

    /// Whether it is more than the provider itself.
    pub(super) fn stands_between(&self) -> bool {
        self.daemon.is_some()
    }

    fn processes(&self) -> anyhow::Result<Vec<u32>> {
        self.daemon.as_ref().map_or(Ok(Vec::new()), |daemon| Ok(machine::family(daemon.id()?)))
    }
}

/// Workers do not end with the process that started them.
impl Drop for Subject {
    fn drop(&mut self) {
        for pid in self.processes().unwrap_or_default() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
                // It may have ended by itself.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
        }
    }
}

/// An address that nobody listens at.
///
/// # Errors
/// When there is none.
pub(super) fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr()?)
}
