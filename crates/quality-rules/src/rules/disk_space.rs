//! A file system is nearly full.
//!
//! On a full disk nothing is lost here: the old generation is served, the writer waits, the books refuse to lend. But nothing
//! new arrives either, and what else lives on the machine may fare worse. So somebody is told while there is room:
//! a warning from `quality-worker.disk.alarm_percent` on, an error when half of what was left then is gone too (80 % and
//! 90 %). It ends two points below the bound, so that a file system at the bound does not come and go. Room is what an
//! ordinary user may still take, as `df` says.
//!
//! These findings are about the machine that quality-worker runs on and not about data: they are alerts and metrics, and are
//! not recorded in `quality_log`.
//!
//! **Example.** The file system of `data/warehouse/published` is 84.1 % full, 31.7 GB are left: warning.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{Finding, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "disk_space",
    severity: Severity::Warning,
    origin: Origin::Machine,
    title: "A file system is nearly full",
};

/// So much below the bound an open finding ends, in points of percent.
const HYSTERESIS: f64 = 2.0;

/// What is known of a file system.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSystem {
    /// The folder that is watched on it.
    pub folder: String,
    /// How full it is, percent; of one that cannot be asked the reason.
    pub used_percent: Result<f64, String>,
    /// Bytes that are left.
    pub available: u64,
}

/// Raises a finding for every file system that is fuller than `alarm_percent`, or was (`open`, by folder) and is not much
/// emptier; its subject is the folder.
pub fn check(file_systems: &[FileSystem], alarm_percent: f64, open: &BTreeSet<String>, out: &mut Vec<Finding>) {
    let error_from = (alarm_percent + 100.0) / 2.0;
    for FileSystem { folder, used_percent, available } in file_systems {
        let (message, severity) = match used_percent {
            Ok(used) => {
                let bound = if open.contains(folder) { alarm_percent - HYSTERESIS } else { alarm_percent };
                if *used < bound {
                    continue;
                }
                let severity = if *used >= error_from { Severity::Error } else { Severity::Warning };
                let left = *available as f64 / 1e9;
                (format!("the file system of {folder} is {used:.1} % full, {left:.1} GB are left"), severity)
            }
            Err(reason) => (format!("the file system of {folder} cannot be asked: {reason}"), Severity::Warning),
        };
        let details = json!({"folder": folder, "alarm_percent": alarm_percent});
        out.push(Finding::new(&INFO, message, details).as_bad_as(severity).about(folder.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(used: f64, open: bool) -> Option<(Severity, String)> {
        let system = FileSystem { folder: "data".to_owned(), used_percent: Ok(used), available: 31_700_000_000 };
        let open = open.then(|| "data".to_owned()).into_iter().collect();
        let mut out = Vec::new();
        check(&[system], 80.0, &open, &mut out);
        out.pop().map(|finding| (finding.severity, finding.message))
    }

    #[test]
    fn from_the_bound_on_it_warns_and_halfway_to_full_it_is_an_error() {
        assert_eq!(found(79.9, false), None);
        let message = "the file system of data is 84.1 % full, 31.7 GB are left".to_owned();
        assert_eq!(found(84.1, false), Some((Severity::Warning, message)));
        assert_eq!([80.0, 89.9, 90.0, 100.0].map(|used| found(used, false).unwrap().0), {
            use Severity::{Error, Warning};
            [Warning, Warning, Error, Error]
        });
    }

    #[test]
    fn one_that_is_open_ends_two_points_below_the_bound() {
        assert!(found(78.0, true).is_some() && found(77.9, true).is_none() && found(78.0, false).is_none());
    }

    #[test]
    fn one_that_cannot_be_asked_is_told_too() {
        let gone = FileSystem { folder: "x".to_owned(), used_percent: Err("gone".to_owned()), available: 0 };
        let mut out = Vec::new();
        check(&[gone], 80.0, &BTreeSet::new(), &mut out);
        assert_eq!((out[0].message.as_str(), &*out[0].subject), ("the file system of x cannot be asked: gone", "x"));
    }
}
