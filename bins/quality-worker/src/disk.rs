//! How full the file systems are, and who is told.

use std::{collections::BTreeSet, io, path::Path, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, config::QualityDiskConfig, disk::Disk};
use quality_rules::{
    Finding, Severity,
    rules::disk_space::{self, FileSystem},
};
use tokio_util::sync::CancellationToken;

use crate::{
    alerts::{book::Checked, desk::Desk, group::Groups},
    check::{example, group_key},
    measure,
};

/// Its name in the metrics.
const NAME: &str = "check_disk";

/// Figures of what stays open are brought up to date after this.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// Tells how full the file system of a folder is.
pub type DiskProbe = Arc<dyn Fn(&Path) -> io::Result<Disk> + Send + Sync>;

/// Looks at the file systems every so often, and tells what is news.
pub(crate) struct DiskWatch {
    /// `[quality-worker.disk]`.
    pub(crate) config: QualityDiskConfig,
    /// How a file system is asked.
    pub(crate) probe: DiskProbe,
    /// Who is told.
    pub(crate) desk: Arc<Desk>,
    /// Now.
    pub(crate) clock: Clock,
}

/// What was told last: folders and severities, and when.
type Told = (BTreeSet<(String, Severity)>, DateTime<Utc>);

impl DiskWatch {
    /// Until `shutdown`.
    pub(crate) async fn keep_watching(self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(self.config.every);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = None;
        while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
            self.look(&mut told).await;
        }
    }

    async fn look(&self, told: &mut Option<Told>) {
        let (folders, probe) = (self.config.folders.clone(), self.probe.clone());
        // A file system over the network may take its time.
        let asked = tokio::task::spawn_blocking(move || file_systems(&folders, &*probe)).await;
        let Ok(file_systems) = asked else { return };
        for system in &file_systems {
            measure::disk(&system.folder, system.used_percent.as_ref().ok().copied());
        }
        let open = self.desk.open_subjects(disk_space::INFO.code).await;
        let mut findings = Vec::new();
        disk_space::check(&file_systems, self.config.alarm_percent, &open, &mut findings);
        let now = self.clock.now();
        let state: BTreeSet<_> = findings.iter().map(|found| (found.subject.clone(), found.severity)).collect();
        let is_known = told
            .as_ref()
            .is_some_and(|(known, at)| *known == state && (state.is_empty() || (now - *at).abs() < AGAIN_AFTER));
        if is_known {
            return;
        }
        match self.desk.check_ran(checked(&findings, now)).await {
            Ok(()) => *told = Some((state, now)),
            // On a full disk it cannot be written down, and is told all the same; it is tried again at the next look.
            Err(error) => tracing::error!(error = %error, "that a disk is full is not noted: {error}"),
        }
    }
}

fn checked(findings: &[Finding], at: DateTime<Utc>) -> Checked {
    let mut groups = Groups::default();
    for finding in findings {
        groups.add(finding.check, group_key(finding), example(finding));
    }
    Checked { name: NAME, rules: vec![disk_space::INFO.code], dates: None, generation: None, groups, at }
}

/// Every file system once, by the first folder on it.
fn file_systems(
    folders: &[std::path::PathBuf],
    probe: &(dyn Fn(&Path) -> io::Result<Disk> + Send + Sync),
) -> Vec<FileSystem> {
    let mut known = BTreeSet::new();
    let mut systems = Vec::new();
    for folder in folders {
        let (used_percent, available) = match probe(folder) {
            Ok(disk) if !known.insert(disk.id) => continue,
            Ok(disk) => (Ok(disk.used_percent()), disk.available),
            Err(error) => (Err(error.to_string()), 0),
        };
        systems.push(FileSystem { folder: folder.display().to_string(), used_percent, available });
    }
    systems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_with_two_folders_is_told_once() {
        let probe = |path: &Path| match path.to_str() {
            Some("gone") => Err(io::Error::other("gone")),
            Some("c") => Ok(Disk { id: 2, used: 1, available: 3 }),
            _ => Ok(Disk { id: 1, used: 9, available: 1 }),
        };
        let systems = file_systems(&["a".into(), "b".into(), "c".into(), "gone".into()], &probe);
        let shown: Vec<_> = systems.iter().map(|system| (&*system.folder, system.used_percent.clone())).collect();
        assert_eq!(shown, [("a", Ok(90.0)), ("c", Ok(25.0)), ("gone", Err("gone".to_owned()))]);
    }
}
