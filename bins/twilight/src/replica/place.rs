//! Where a copy goes to or comes from, as it is written on a command line.

use std::{fmt, path::PathBuf, str::FromStr};

/// A folder here, one on another host over ssh, or a module of an rsync daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder that this host has mounted.
    Folder(PathBuf),
    /// `user@host:/path`.
    Ssh {
        /// `user@host`.
        host: String,
        /// The folder there; empty where the other side decides.
        path: String,
    },
    /// `rsync://host:port/module/path`, without a slash at the end.
    Daemon(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("no place is named".to_owned());
        }
        if let Some(rest) = text.strip_prefix("rsync://") {
            let rest = rest.trim_end_matches('/');
            let (host, module) = rest.split_once('/').unwrap_or((rest, ""));
            if host.is_empty() || module.is_empty() || !is_plain(rest) {
                return Err(format!("{text:?}: an rsync daemon is named as rsync://host/module"));
            }
            return Ok(Self::Daemon(format!("rsync://{rest}")));
        }
        // A colon before any slash, as rsync and scp tell a host from a path.
        let colon = text.find(':').filter(|colon| !text[..*colon].contains('/'));
        let Some(colon) = colon else { return Ok(Self::Folder(text.into())) };
        let (host, path) = (&text[..colon], text[colon + 1..].trim_end_matches('/'));
        if host.is_empty() || host.starts_with('-') || !is_plain(host) || !is_plain(path) || path.starts_with(':') {
            return Err(format!("{text:?}: another host is named as user@host:/path, in letters, digits and ._-~/"));
        }
        Ok(Self::Ssh { host: host.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::Ssh { host, path } => write!(f, "{host}:{path}"),
            Self::Daemon(url) => f.write_str(url),
        }
    }
}

/// What needs no quoting on the way through a remote shell.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-~/@:[]".contains(letter)) && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hosts_and_daemons_are_told_apart() {
        let ssh = |host: &str, path: &str| Place::Ssh { host: host.to_owned(), path: path.to_owned() };
        for (text, place) in [
            ("/mnt/replica", Place::Folder("/mnt/replica".into())),
            ("data/odd:name", Place::Folder("data/odd:name".into())),
            ("twilight@vps:", ssh("twilight@vps", "")),
            ("vps:/srv/published/", ssh("vps", "/srv/published")),
            ("rsync://10.0.0.8:8730/published/", Place::Daemon("rsync://10.0.0.8:8730/published".to_owned())),
        ] {
            assert_eq!(text.parse::<Place>().unwrap(), place, "{text}");
        }
    }

    #[test]
    fn what_a_shell_could_read_otherwise_is_refused() {
        for text in
            ["", "rsync://host", "rsync:///module", "-oProxyCommand=x:", "h:a b", "h:$(id)", "h:../up", "h::module"]
        {
            assert!(text.parse::<Place>().is_err(), "{text:?}");
        }
    }
}
