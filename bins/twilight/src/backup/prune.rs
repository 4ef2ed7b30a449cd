//! Forgetting old backups.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context as _;
use serde::Serialize;

use super::{
    snapshot::Snapshot,
    store::{Access, Store},
};

/// What went.
#[derive(Debug, Serialize)]
pub(crate) struct Pruned {
    pub(crate) forgotten: Vec<String>,
    pub(crate) kept: Vec<String>,
    /// Pieces that nothing needs any more, and their bytes.
    pub(crate) pieces: usize,
    pub(crate) bytes: u64,
}

/// Keeps of every host the last backup of each of `days` days and `months` months that have one, and removes what only others
/// need.
///
/// # Errors
/// When a backup cannot be read: it may need any piece, so nothing is removed.
pub(crate) fn prune(folder: &Path, days: u32, months: u32, dry_run: bool) -> anyhow::Result<Pruned> {
    let store = Store::open(folder, Access::Change)?;
    let read = |id: &String| store.snapshot(Some(id)).context("nothing is removed while a backup cannot be read");
    let snapshots: Vec<Snapshot> = store.ids()?.iter().map(read).collect::<anyhow::Result<_>>()?;
    let kept = keep(&snapshots, days as usize, months as usize);
    let (kept, gone): (Vec<&Snapshot>, Vec<&Snapshot>) =
        snapshots.iter().partition(|snapshot| kept.contains(snapshot.id.as_str()));
    if !dry_run {
        gone.iter().try_for_each(|snapshot| store.forget(&snapshot.id))?;
    }
    let needed: BTreeSet<&str> = kept
        .iter()
        .flat_map(|snapshot| snapshot.files())
        .flat_map(|(_, file)| &file.pieces)
        .map(String::as_str)
        .collect();
    let mut pruned = Pruned { forgotten: ids(&gone), kept: ids(&kept), pieces: 0, bytes: 0 };
    for piece in store.pieces()? {
        if !needed.contains(piece.as_str()) {
            pruned.pieces += 1;
            pruned.bytes += if dry_run {
                std::fs::metadata(store.piece(&piece)).map_or(0, |metadata| metadata.len())
            } else {
                store.remove(&piece)?
            };
        }
    }
    Ok(pruned)
}

fn ids(snapshots: &[&Snapshot]) -> Vec<String> {
    snapshots.iter().map(|snapshot| snapshot.id.clone()).collect()
}

fn keep(snapshots: &[Snapshot], days: usize, months: usize) -> BTreeSet<&str> {
    let mut kept = BTreeSet::new();
    let hosts: BTreeSet<&str> = snapshots.iter().map(|snapshot| snapshot.host.as_str()).collect();
    for host in hosts {
        for (form, count) in [("%F", days), ("%Y-%m", months)] {
            // Of one period the last one counts.
            let mut periods = BTreeMap::new();
            let mut of_host: Vec<&Snapshot> = snapshots.iter().filter(|snapshot| snapshot.host == host).collect();
            of_host.sort_by(|one, other| (one.taken_at, &one.id).cmp(&(other.taken_at, &other.id)));
            for snapshot in of_host {
                periods.insert(snapshot.taken_at.format(form).to_string(), snapshot.id.as_str());
            }
            kept.extend(periods.into_values().rev().take(count));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::snapshot::FORMAT;

    fn snapshot(at: &str, host: &str) -> Snapshot {
        Snapshot {
            format: FORMAT,
            id: format!("{at}-{host}"),
            taken_at: at.parse().unwrap(),
            host: host.to_owned(),
            version: String::new(),
            parts: Vec::new(),
            checksum: String::new(),
        }
    }

    #[test]
    fn the_last_of_each_day_and_month_stays_for_every_host() {
        let snapshots = [
            snapshot("2026-09-30T03:00:00Z", "mini"),
            snapshot("2026-10-01T03:00:00Z", "mini"),
            snapshot("2026-10-31T03:00:00Z", "mini"),
            snapshot("2026-11-21T03:00:00Z", "mini"),
            snapshot("2026-11-22T03:00:00Z", "mini"),
            snapshot("2026-11-22T09:00:00Z", "mini"),
            snapshot("2026-10-01T03:00:00Z", "vps"),
        ];
        let kept: Vec<&str> = keep(&snapshots, 2, 2).into_iter().collect();
        let expected = [
            "2026-10-01T03:00:00Z-vps",
            "2026-10-31T03:00:00Z-mini",
            "2026-11-21T03:00:00Z-mini",
            "2026-11-22T09:00:00Z-mini",
        ];
        assert_eq!(kept, expected);
        assert_eq!(keep(&snapshots, 1, 0).len(), 2, "one of each host stays in any case");
    }
}
