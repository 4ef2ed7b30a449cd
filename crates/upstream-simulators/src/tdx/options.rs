//! How a simulated TDX server behaves while nothing is wrong.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use crate::Clock;

/// What a server has for a day on which a listed code did not trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halted {
    /// Nothing: the day is skipped.
    Skipped,
    /// A flat bar at the last close, with volume 0 and amount 0.
    Flat,
}

/// Settings of a [`TdxServer`](super::TdxServer).
#[derive(Clone)]
pub struct TdxOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The time. `None` = 20:00 Shanghai on the market's last day, for ever.
    pub clock: Option<Clock>,
    /// Days without trading.
    pub halted: Halted,
    /// Whether bodies of 100 bytes and more are deflated.
    pub compress: bool,
    /// Bodies come in pieces of this many bytes; `None` = head and body in one write.
    pub fragment: Option<usize>,
    /// Most rows of a security list's page.
    pub list_page: usize,
    /// Most bars of a page. The clients' limit of the real servers; asking for more gets this many.
    pub bars_page: usize,
    /// Name of the server in its hello.
    pub name: String,
    /// Whether `/_sim/*` answers on a port of its own ([`TdxServer::control_url`](super::TdxServer::control_url)):
    /// `POST`, `GET` and `DELETE /_sim/faults`, `POST /_sim/revisions`, `POST /_sim/actions`, `GET` and `DELETE
    /// /_sim/calls`, `POST /_sim/down`, `POST /_sim/up`.
    pub control: bool,
}

impl Default for TdxOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: None,
            halted: Halted::Skipped,
            compress: true,
            fragment: None,
            list_page: 1000,
            bars_page: 800,
            name: "模拟主站".to_owned(),
            control: true,
        }
    }
}

impl fmt::Debug for TdxOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TdxOptions")
            .field("address", &self.address)
            .field("halted", &self.halted)
            .field("compress", &self.compress)
            .field("fragment", &self.fragment)
            .field("list_page", &self.list_page)
            .field("bars_page", &self.bars_page)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
