//! How a simulated AKTools behaves while nothing is wrong.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use crate::Clock;

/// Settings of an [`AktoolsServer`](super::AktoolsServer).
#[derive(Clone)]
pub struct AktoolsOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The time. `None` = 20:00 Shanghai on the market's last day, for ever.
    pub clock: Option<Clock>,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `GET` and `DELETE /_sim/calls`.
    pub control: bool,
}

impl Default for AktoolsOptions {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), clock: None, control: true }
    }
}

impl fmt::Debug for AktoolsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AktoolsOptions").field("address", &self.address).finish_non_exhaustive()
    }
}
