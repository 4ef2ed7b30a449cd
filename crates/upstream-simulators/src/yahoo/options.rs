//! How a simulated Yahoo behaves while nothing is wrong.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use crate::Clock;

/// Settings of a [`YahooServer`](super::YahooServer).
#[derive(Clone)]
pub struct YahooOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The time. `None` = after the world's last day, for ever.
    pub clock: Option<Clock>,
    /// Requests per minute of that clock before 429; `None` = unlimited.
    pub requests_per_minute: Option<u32>,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `GET` and `DELETE /_sim/calls`.
    pub control: bool,
}

impl Default for YahooOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: None,
            requests_per_minute: None,
            control: true,
        }
    }
}

impl fmt::Debug for YahooOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YahooOptions")
            .field("address", &self.address)
            .field("requests_per_minute", &self.requests_per_minute)
            .finish_non_exhaustive()
    }
}
