//! Ports for the daemons that link to each other's pages: each has to know the others' before they run.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;

/// A port that the kernel chose, held so that nobody else is given it until its daemon starts.
pub(crate) struct Reserved(TcpListener);

/// Those of the daemons that have pages.
pub(crate) struct Ports {
    pub(crate) gateway: Reserved,
    pub(crate) api: Reserved,
    pub(crate) registry: Reserved,
}

impl Reserved {
    fn new() -> anyhow::Result<Self> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(Self).context("reserve a port")
    }

    /// What the daemon's section says under `listen`.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        self.0.local_addr().context("a reserved port's address")
    }
}

impl Ports {
    /// Three of them.
    pub(crate) fn reserve() -> anyhow::Result<Self> {
        Ok(Self { gateway: Reserved::new()?, api: Reserved::new()?, registry: Reserved::new()? })
    }
}
