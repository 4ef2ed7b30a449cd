//! Where things go on the host that they are restored to.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

/// Relative paths start at a folder, absolute ones are where they were, or where they are mapped to.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) root: PathBuf,
    pub(crate) maps: Vec<Map>,
}

/// `OLD=NEW`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Map {
    from: PathBuf,
    to: PathBuf,
}

impl Paths {
    /// Where `path` is here.
    pub(super) fn here(&self, path: &Path) -> PathBuf {
        let mapped = self.maps.iter().find_map(|map| Some((map, path.strip_prefix(&map.from).ok()?)));
        match mapped {
            Some((map, rest)) if rest.as_os_str().is_empty() => map.to.clone(),
            Some((map, rest)) => map.to.join(rest),
            // An absolute path stays what it is.
            None => self.root.join(path),
        }
    }
}

impl FromStr for Map {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((from, to)) if !from.is_empty() && !to.is_empty() => Ok(Self { from: from.into(), to: to.into() }),
            _ => Err("OLD=NEW, as in /srv/twilight=/mnt/twilight".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_start_at_the_root_and_absolute_ones_stay_or_are_mapped() {
        let maps = vec!["/srv/old=/mnt/new".parse().unwrap(), "conf=/etc/x".parse().unwrap()];
        let paths = Paths { root: "/here".into(), maps };
        for (path, here) in [
            ("data/gateway", "/here/data/gateway"),
            ("/var/lib/x", "/var/lib/x"),
            ("/srv/old/data", "/mnt/new/data"),
            ("/srv/old", "/mnt/new"),
            ("/srv/older", "/srv/older"),
            ("conf/a", "/etc/x/a"),
        ] {
            assert_eq!(paths.here(Path::new(path)), Path::new(here), "{path}");
        }
        assert!("/a".parse::<Map>().is_err() && "=/a".parse::<Map>().is_err());
    }
}
