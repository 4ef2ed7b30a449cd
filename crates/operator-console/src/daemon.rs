//! The three daemons that have pages, and how they are linked.

use daemon_kit::config::{ConsoleAddress, ConsoleConfig};

use crate::{Language, Text};

/// A daemon that has pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// gateway-proxy
    Gateway,
    /// warehouse-api
    Warehouse,
    /// profile-registry
    Registry,
}

/// One of a daemon's pages that the navigation leads to.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// `/console/…`; a page whose path begins with it belongs to it.
    pub path: &'static str,
    /// What the link says.
    pub title: Text,
}

impl Daemon {
    /// In the order of the navigation.
    pub(crate) const ALL: [Self; 3] = [Self::Gateway, Self::Warehouse, Self::Registry];

    /// The daemon's own name.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Gateway => "gateway-proxy",
            Self::Warehouse => "warehouse-api",
            Self::Registry => "profile-registry",
        }
    }

    /// What people call its system.
    pub(crate) fn title(self, language: Language) -> &'static str {
        match self {
            Self::Gateway => language.say("Gateway", "网关"),
            Self::Warehouse => language.say("Data", "数据"),
            Self::Registry => language.say("Profiles", "档案"),
        }
    }

    /// Where a browser that asked for `host` (the request's `Host`) finds its pages; none where nobody can tell.
    pub(crate) fn href(self, config: &ConsoleConfig, host: &str, secure: bool) -> Option<String> {
        let address = match self {
            Self::Gateway => &config.gateway,
            Self::Warehouse => &config.warehouse,
            Self::Registry => &config.registry,
        };
        match address {
            ConsoleAddress::At(url) => Some(format!("{url}/console")),
            ConsoleAddress::Port(port) => {
                let scheme = if secure { "https" } else { "http" };
                Some(format!("{scheme}://{}:{port}/console", without_port(host)?))
            }
            ConsoleAddress::Unknown => None,
        }
    }
}

/// The name of `name:port`, where it is one: a host header is whatever somebody sent.
fn without_port(host: &str) -> Option<&str> {
    let name = match host.strip_prefix('[') {
        Some(rest) => &host[..rest.find(']')? + 2],
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-[]:_".contains(letter);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_link_is_the_one_that_was_asked() {
        for (host, name) in [
            ("127.0.0.1:3000", Some("127.0.0.1")),
            ("[::1]:3000", Some("[::1]")),
            ("mini.local", Some("mini.local")),
            ("[::1", None),
            ("", None),
            ("a\"b:1", None),
        ] {
            assert_eq!(without_port(host), name, "{host}");
        }
    }
}
