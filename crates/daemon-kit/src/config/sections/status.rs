//! `[status]`: where an operator's tools ask the daemons, and where the manual of alerts is.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use chrono::TimeDelta;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{
    super::{context::Context, error::ConfigError},
    values,
};

/// What may stand in the section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct StatusSettings {
    /// Where `twilight status` asks ingest-worker, or "off" where it is none of this host's concern. Default: where its
    /// section says that it listens.
    pub(super) ingest_worker: Option<String>,
    /// The same of quality-worker.
    pub(super) quality_worker: Option<String>,
    /// The same of warehouse-api.
    pub(super) warehouse_api: Option<String>,
    /// The same of gateway-proxy.
    pub(super) gateway_proxy: Option<String>,
    /// The same of profile-registry.
    pub(super) profile_registry: Option<String>,
    /// Queues that are not asked for, by name. Default: none.
    pub(super) skip_queues: Vec<String>,
    /// Bound on every single question, ms, 100 to 60000. Default 3000.
    pub(super) timeout_ms: u64,
    /// The manual of alerts, which every alert names with its section: a URL, or a path. Default "docs/runbook.md".
    pub(super) runbook: String,
}

impl Default for StatusSettings {
    fn default() -> Self {
        Self {
            ingest_worker: None,
            quality_worker: None,
            warehouse_api: None,
            gateway_proxy: None,
            profile_registry: None,
            skip_queues: Vec::new(),
            timeout_ms: 3_000,
            runbook: "docs/runbook.md".to_owned(),
        }
    }
}

/// `[status]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusConfig {
    /// Every daemon by name, and how it is asked.
    pub daemons: Vec<(&'static str, DaemonAddress)>,
    /// Queues that are not asked for.
    pub skip_queues: Vec<String>,
    /// Bound on every single question.
    pub timeout: Duration,
    /// The manual of alerts: a URL or a path, without what begins with `#`.
    pub runbook: String,
    /// Of other sections what needs none of their secrets.
    pub seen: Seen,
}

/// What an operator's tool looks at by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Folders of published generations that daemons read, and that of the writer; each once.
    pub published: Vec<PathBuf>,
    /// Folders in which daemons keep what is theirs, each by its daemon; the warehouse is not among them.
    pub states: Vec<(&'static str, PathBuf)>,
    /// `quality-worker.disk.alarm_percent`
    pub disk_alarm_percent: f64,
    /// `quality-worker.stale_after_h`
    pub stale_after: TimeDelta,
}

/// How a daemon is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonAddress {
    /// There.
    At(Url),
    /// Not at all: the configuration says so.
    Off,
    /// Nobody can tell: it listens on a port that the system chooses.
    Unknown,
}

/// The daemons by the names of their sections, in the order in which they are shown.
pub const DAEMONS: [&str; 5] =
    ["ingest-worker", "quality-worker", "warehouse-api", "gateway-proxy", "profile-registry"];

/// Where the [`DAEMONS`] listen, in their order.
pub(in crate::config) type Listens = [(&'static str, SocketAddr); 5];

impl StatusSettings {
    pub(in crate::config) fn resolve(
        &self,
        context: &Context,
        listens: Listens,
        seen: Seen,
    ) -> Result<StatusConfig, ConfigError> {
        let given = [
            ("ingest_worker", &self.ingest_worker),
            ("quality_worker", &self.quality_worker),
            ("warehouse_api", &self.warehouse_api),
            ("gateway_proxy", &self.gateway_proxy),
            ("profile_registry", &self.profile_registry),
        ];
        let given = given.map(|(key, value)| self.address(context, key, value.as_deref()));
        let daemons = listens
            .into_iter()
            .zip(given)
            .map(|((name, listen), given)| Ok((name, given?.unwrap_or_else(|| at(listen)))));
        for name in &self.skip_queues {
            if !super::queue::QUEUES.contains(&name.as_str()) {
                let problem = format!("{name:?} is no queue");
                return Err(context.bad("status.skip_queues", problem, super::queue::QUEUES.join(", ")));
            }
        }
        Ok(StatusConfig {
            daemons: daemons.collect::<Result<_, _>>()?,
            skip_queues: self.skip_queues.clone(),
            timeout: Duration::from_millis(context.within("status.timeout_ms", self.timeout_ms, 100..=60_000)?),
            runbook: self.runbook(context)?,
            seen,
        })
    }

    fn address(&self, context: &Context, key: &str, given: Option<&str>) -> Result<Option<DaemonAddress>, ConfigError> {
        match given {
            None => Ok(None),
            Some("off") => Ok(Some(DaemonAddress::Off)),
            Some(url) => values::url(context, &format!("status.{key}"), url).map(|url| Some(DaemonAddress::At(url))),
        }
    }

    /// The manual's address, checked.
    pub(super) fn runbook(&self, context: &Context) -> Result<String, ConfigError> {
        let text = self.runbook.trim();
        if text.is_empty() || text.contains(['#', ' ', '<', '>']) || text.chars().any(char::is_control) {
            let allowed = "a URL or a path without # and blanks, as in \"https://wiki.example.com/runbook\"";
            return Err(context.bad("status.runbook", "is no address of a manual", allowed));
        }
        Ok(text.to_owned())
    }
}

fn at(listen: SocketAddr) -> DaemonAddress {
    let url = reachable(listen).and_then(|address| Url::parse(&format!("http://{address}")).ok());
    url.map_or(DaemonAddress::Unknown, DaemonAddress::At)
}

/// As a neighbour on the same host reaches it: an address of all interfaces is answered on the loopback one too. `None` where
/// the system chooses the port.
pub(crate) fn reachable(listen: SocketAddr) -> Option<SocketAddr> {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    (listen.port() != 0).then(|| SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment};

    fn status(text: &str) -> Result<StatusConfig, ConfigError> {
        Ok(Config::from_toml(text, "test", &Environment::default())?.status().clone())
    }

    fn shown(text: &str) -> Vec<String> {
        let address = |(name, address)| match address {
            DaemonAddress::At(url) => format!("{name} {url}"),
            other => format!("{name} {other:?}"),
        };
        status(text).unwrap().daemons.into_iter().map(address).collect()
    }

    #[test]
    fn daemons_are_asked_where_they_listen_or_where_the_section_says() {
        assert_eq!(
            shown(""),
            [
                "ingest-worker http://127.0.0.1:8101/",
                "quality-worker http://127.0.0.1:8102/",
                "warehouse-api http://127.0.0.1:8000/",
                "gateway-proxy http://127.0.0.1:3000/",
                "profile-registry http://127.0.0.1:8200/",
            ]
        );
        let other = shown(
            "[warehouse-api]\nlisten = \"0.0.0.0:8000\"\n[gateway-proxy]\nlisten = \"[::]:3000\"\n\
             [profile-registry]\nlisten = \"127.0.0.1:0\"\n\
             [status]\ningest_worker = \"off\"\nquality_worker = \"http://mini:8102/\"\n",
        );
        assert_eq!(
            other,
            [
                "ingest-worker Off",
                "quality-worker http://mini:8102/",
                "warehouse-api http://127.0.0.1:8000/",
                "gateway-proxy http://[::1]:3000/",
                "profile-registry Unknown",
            ]
        );
    }

    #[test]
    fn what_cannot_be_asked_is_refused_by_name() {
        for (line, key) in [
            ("warehouse_api = \"mini:8000\"", "`status.warehouse_api`"),
            ("skip_queues = [\"ingst\"]", "`status.skip_queues`: \"ingst\" is no queue; allowed: ingest"),
            ("timeout_ms = 1", "`status.timeout_ms`: 1 is out of range; allowed: 100 to 60000"),
            ("runbook = \"https://h/#top\"", "`status.runbook`"),
            ("runbook = \" \"", "`status.runbook`"),
        ] {
            let error = status(&format!("[status]\n{line}\n")).unwrap_err().to_string();
            assert!(error.contains(key), "{line}: {error}");
        }
    }
}
