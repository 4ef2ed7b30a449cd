//! What an operator may set about the client.

use std::time::Duration;

use market_model::{Code, Exchange};

/// Settings of a [`crate::Client`]; [`ClientConfig::new`] gives the defaults.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Servers as `host:port`, in any order: the pool ranks them itself. The public ones listen on 7709.
    pub servers: Vec<String>,
    /// Longest a connection may take to stand. Default 5 s.
    pub connect_timeout: Duration,
    /// Longest a whole answer may take, from the request's first byte to the answer's last. Servers answer a question they
    /// do not understand with silence, so this is never absent. Default 10 s.
    pub read_timeout: Duration,
    /// Longest wait for the answer to the third greeting, which some servers never send. Default 1 s.
    pub greeting_timeout: Duration,
    /// Most requests to one server within any second; 0 = no limit (simulators). Default 4.
    pub requests_per_second_per_server: u32,
    /// Connections to one server. Public servers want one. Default 1.
    pub connections_per_server: usize,
    /// How many times one question is put before the caller hears of it; each time to another server, while there is
    /// one. Default 4.
    pub max_attempts: u32,
    /// How long a server that failed its probe rests before it is probed again; doubles with each further failure, up to
    /// sixteenfold. Default 60 s.
    pub cooldown: Duration,
    /// The stock whose real bars a server has to deliver before it is used. Default `000001.SZ`.
    pub probe_code: Code,
    /// How old the newest bar of the probe may be, in days: a server that stopped being fed is as useless as a dead one.
    /// The longest holidays last 11 to 13 days. Default 30.
    pub probe_max_age_days: u64,
    /// How long a passed probe counts. A server that is free after that is probed again before it is used, so that one that
    /// stopped being fed since is found out by the others. Default 10 min.
    pub probe_lifetime: Duration,
    /// A connection that was idle for longer is opened anew; servers close theirs after 60 to 90 s. Default 45 s.
    pub idle_timeout: Duration,
}

impl ClientConfig {
    /// Defaults for the given servers.
    pub fn new(servers: Vec<String>) -> Self {
        Self {
            servers,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            greeting_timeout: Duration::from_secs(1),
            requests_per_second_per_server: 4,
            connections_per_server: 1,
            max_attempts: 4,
            cooldown: Duration::from_secs(60),
            probe_code: Code::new("000001", Exchange::Szse).expect("six digits are a code in Shenzhen"),
            probe_max_age_days: 30,
            probe_lifetime: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(45),
        }
    }
}
