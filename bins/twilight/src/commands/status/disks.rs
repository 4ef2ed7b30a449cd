//! How full the disks of this host are.

use std::{collections::BTreeSet, path::PathBuf};

use daemon_kit::{config::Config, disk::Disk};
use serde::Serialize;

use super::health::Problems;

/// A file system.
#[derive(Debug, Serialize)]
pub(super) struct DiskState {
    /// The first of our folders on it.
    pub(super) folder: PathBuf,
    pub(super) used_percent: Option<f64>,
    pub(super) available_bytes: Option<u64>,
    /// Why it could not be asked.
    pub(super) error: Option<String>,
}

/// Folders of this installation that it can know without any secret.
pub(super) fn folders(config: &Config) -> Vec<PathBuf> {
    let seen = &config.status().seen;
    let states = seen.states.iter().map(|(_, state)| state);
    [&config.warehouse().root].into_iter().chain(&seen.published).chain(states).cloned().collect()
}

/// Asks each file system once. May block on one that is far away.
pub(super) fn ask(folders: &[PathBuf]) -> Vec<DiskState> {
    let mut known = BTreeSet::new();
    let mut disks = Vec::new();
    for folder in folders {
        let state = DiskState { folder: folder.clone(), used_percent: None, available_bytes: None, error: None };
        match Disk::of(folder) {
            Ok(disk) if !known.insert(disk.id) => {}
            Ok(disk) => {
                let (used, available) = (Some(disk.used_percent()), Some(disk.available));
                disks.push(DiskState { used_percent: used, available_bytes: available, ..state });
            }
            Err(error) => disks.push(DiskState { error: Some(error.to_string()), ..state }),
        }
    }
    disks
}

/// What is wrong with them, from `alarm_percent` on.
pub(super) fn judge(disks: &[DiskState], alarm_percent: f64, problems: &mut Problems) {
    for disk in disks {
        let about = format!("disk of {}", disk.folder.display());
        match (disk.used_percent, &disk.error) {
            (Some(used), _) if used >= alarm_percent => {
                let left = disk.available_bytes.unwrap_or_default() as f64 / 1e9;
                problems.look("disk_space", about, format!("is {used:.1} % full, {left:.1} GB are left"));
            }
            (_, Some(error)) => problems.look("disk_space", about, format!("cannot be asked: {error}")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_a_problem_from_the_bound_on() {
        let disk = |used| DiskState {
            folder: "data".into(),
            used_percent: Some(used),
            available_bytes: Some(1_500_000_000),
            error: None,
        };
        let mut problems = Problems::default();
        judge(&[disk(79.9)], 80.0, &mut problems);
        assert!(problems.0.is_empty());
        judge(&[disk(80.0)], 80.0, &mut problems);
        assert_eq!(problems.0[0].text, "is 80.0 % full, 1.5 GB are left");
    }
}
