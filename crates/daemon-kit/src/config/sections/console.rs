//! `[console]`: the operators' web pages, which gateway-proxy, warehouse-api and profile-registry each serve below `/console`.

use std::net::SocketAddr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    networks::{self, Network},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct ConsoleSettings {
    /// Whether the pages are served. Default true.
    pub(super) enabled: bool,
    /// A login lasts so long, hours, 1 to 168. Default 12.
    pub(super) session_h: u32,
    /// Logins that may fail a minute, by address, 1 to 1000. Default 5.
    pub(super) failed_logins_per_minute: u32,
    /// Networks of proxies that say truly whose request they pass on. Default: none.
    pub(super) trusted_proxies: Vec<String>,
    /// Where a browser finds gateway-proxy, without "/console". Default: the host that the browser asks, at the port of
    /// gateway-proxy.listen.
    pub(super) gateway_url: Option<String>,
    /// The same of warehouse-api.
    pub(super) warehouse_url: Option<String>,
    /// The same of profile-registry.
    pub(super) registry_url: Option<String>,
}

impl Default for ConsoleSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            session_h: 12,
            failed_logins_per_minute: 5,
            trusted_proxies: Vec::new(),
            gateway_url: None,
            warehouse_url: None,
            registry_url: None,
        }
    }
}

/// `[console]`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Whether the pages are served.
    pub enabled: bool,
    /// How long a login lasts.
    pub session: TimeDelta,
    /// Logins that may fail a minute, by address.
    pub failed_logins_per_minute: u32,
    /// Networks of proxies that are believed about whose request they pass on.
    pub trusted_proxies: Vec<Network>,
    /// Where a browser finds gateway-proxy.
    pub gateway: ConsoleAddress,
    /// Where a browser finds warehouse-api.
    pub warehouse: ConsoleAddress,
    /// Where a browser finds profile-registry.
    pub registry: ConsoleAddress,
}

/// Where a browser finds a daemon's pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleAddress {
    /// Below this URL, which has no slash at its end.
    At(String),
    /// On the host that the browser asks already, at this port.
    Port(u16),
    /// Nobody can tell: it listens on a port that the system chooses.
    Unknown,
}

impl ConsoleSettings {
    /// `listens` are those of gateway-proxy, warehouse-api and profile-registry.
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        [gateway, warehouse, registry]: [SocketAddr; 3],
    ) -> Result<ConsoleConfig, ConfigError> {
        let session_h = context.within("console.session_h", self.session_h, 1..=168)?;
        Ok(ConsoleConfig {
            enabled: self.enabled,
            session: TimeDelta::hours(i64::from(session_h)),
            failed_logins_per_minute: context.within(
                "console.failed_logins_per_minute",
                self.failed_logins_per_minute,
                1..=1000,
            )?,
            trusted_proxies: networks::resolve_all(context, "console.trusted_proxies", &self.trusted_proxies)?,
            gateway: address(context, "console.gateway_url", self.gateway_url.as_deref(), gateway)?,
            warehouse: address(context, "console.warehouse_url", self.warehouse_url.as_deref(), warehouse)?,
            registry: address(context, "console.registry_url", self.registry_url.as_deref(), registry)?,
        })
    }
}

fn address(
    context: &Context,
    key: &str,
    given: Option<&str>,
    listen: SocketAddr,
) -> Result<ConsoleAddress, ConfigError> {
    Ok(match (given, listen.port()) {
        (Some(url), _) => ConsoleAddress::At(values::base_url(context, key, url)?),
        (None, 0) => ConsoleAddress::Unknown,
        (None, port) => ConsoleAddress::Port(port),
    })
}
