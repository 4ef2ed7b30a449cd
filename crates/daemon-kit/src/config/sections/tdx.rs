//! `[ingest-worker.tdx]`: the public TDX servers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{context::Context, error::ConfigError};

/// Servers that answered with real bars when they were last looked at (September 2026). Addresses come and go.
const SERVERS: [&str; 7] = [
    "117.34.114.14:7709",
    "117.34.114.15:7709",
    "117.34.114.16:7709",
    "117.34.114.17:7709",
    "117.34.114.18:7709",
    "117.34.114.20:7709",
    "117.34.114.27:7709",
];

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct TdxSettings {
    /// Whether TDX is asked at all. Default false.
    pub(super) enabled: bool,
    /// Servers, `host:port` each; those that answer with real bars are used, the fastest first. Default: the seven that
    /// answered when they were last looked at.
    pub(super) servers: Vec<String>,
    /// Requests per second to one server, 1 to 1000. Default 5.
    pub(super) requests_per_second: u32,
    /// Connections to one server, 1 to 8. Default 1.
    pub(super) connections_per_server: usize,
    /// Bound on connecting, ms, 100 to 60000. Default 5000.
    pub(super) connect_timeout_ms: u64,
    /// Bound on one answer, ms, 100 to 120000. Default 10000.
    pub(super) read_timeout_ms: u64,
    /// Servers that are tried for one request before its job fails, 1 to 100. Default 5.
    pub(super) max_attempts: u32,
    /// How long a server that failed is left alone, seconds, 1 to 86400. Default 300.
    pub(super) cooldown_s: u64,
}

impl Default for TdxSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            servers: SERVERS.map(str::to_owned).to_vec(),
            requests_per_second: 5,
            connections_per_server: 1,
            connect_timeout_ms: 5_000,
            read_timeout_ms: 10_000,
            max_attempts: 5,
            cooldown_s: 300,
        }
    }
}

/// `[ingest-worker.tdx]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TdxConfig {
    /// Servers, `host:port` each; not empty.
    pub servers: Vec<String>,
    /// Requests per second to one server.
    pub requests_per_second: u32,
    /// Connections to one server.
    pub connections_per_server: usize,
    /// Bound on connecting.
    pub connect_timeout: Duration,
    /// Bound on one answer.
    pub read_timeout: Duration,
    /// Servers that are tried for one request.
    pub max_attempts: u32,
    /// How long a server that failed is left alone.
    pub cooldown: Duration,
}

impl TdxSettings {
    /// None when TDX is switched off.
    pub(super) fn resolve(&self, context: &Context) -> Result<Option<TdxConfig>, ConfigError> {
        let key = |name: &str| format!("ingest-worker.tdx.{name}");
        let is_address = |server: &&String| {
            let parts = server.rsplit_once(':');
            parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
        };
        if self.servers.is_empty() {
            return Err(context.bad(&key("servers"), "is empty", "one address or more, as in \"117.34.114.14:7709\""));
        }
        if let Some(wrong) = self.servers.iter().find(|server| !is_address(server)) {
            let problem = format!("{wrong:?} is no address");
            return Err(context.bad(&key("servers"), problem, "host and port, as in \"117.34.114.14:7709\""));
        }
        let connections = context.within(&key("connections_per_server"), self.connections_per_server, 1..=8)?;
        let connect_ms = context.within(&key("connect_timeout_ms"), self.connect_timeout_ms, 100..=60_000)?;
        let read_ms = context.within(&key("read_timeout_ms"), self.read_timeout_ms, 100..=120_000)?;
        let config = TdxConfig {
            servers: self.servers.clone(),
            requests_per_second: context.within(&key("requests_per_second"), self.requests_per_second, 1..=1000)?,
            connections_per_server: connections,
            connect_timeout: Duration::from_millis(connect_ms),
            read_timeout: Duration::from_millis(read_ms),
            max_attempts: context.within(&key("max_attempts"), self.max_attempts, 1..=100)?,
            cooldown: Duration::from_secs(context.within(&key("cooldown_s"), self.cooldown_s, 1..=86_400)?),
        };
        Ok(self.enabled.then_some(config))
    }
}
