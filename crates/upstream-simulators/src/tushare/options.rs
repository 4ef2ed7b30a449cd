//! How a simulated Tushare behaves while nothing is wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use super::{limits::RateLimits, publication::Publication};
use crate::Clock;

/// Settings of a [`TushareServer`](super::TushareServer).
#[derive(Clone)]
pub struct TushareOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The one token it accepts.
    pub token: String,
    /// The time. `None` = 20:00 Shanghai on the market's last day, for ever.
    pub clock: Option<Clock>,
    /// When a day's data appear.
    pub publication: Publication,
    /// Most rows per answer, by api; replaces the real ones (`daily` 6000, `stk_limit` 5800, `suspend_d` 5000,
    /// `dividend` 2000 …), so that small markets page.
    pub row_limits: BTreeMap<String, usize>,
    /// How often an api may be called. The limits count per api and apply to the one token.
    pub limits: RateLimits,
    /// Apis that the token may not call.
    pub denied: BTreeSet<String>,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `POST /_sim/revisions`, `GET /_sim/calls`,
    /// `GET /_sim/market`.
    pub control: bool,
}

impl Default for TushareOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: "simulated-token".to_owned(),
            clock: None,
            publication: Publication::default(),
            row_limits: BTreeMap::new(),
            limits: RateLimits::default(),
            denied: BTreeSet::new(),
            control: true,
        }
    }
}

impl fmt::Debug for TushareOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TushareOptions")
            .field("address", &self.address)
            .field("publication", &self.publication)
            .field("row_limits", &self.row_limits)
            .field("limits", &self.limits)
            .field("denied", &self.denied)
            .finish_non_exhaustive()
    }
}
