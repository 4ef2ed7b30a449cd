//! The worker's own metrics. The queue's and the server's come from their crates.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use quality_rules::Severity;

use crate::alerts::outbox::Outcome;

/// Names and explains all metrics.
pub(crate) fn describe() {
    describe_gauge!("quality_open_findings", "Open findings, warnings and errors");
    describe_counter!("quality_findings_total", "Findings that were new when a check or a generation showed them");
    describe_histogram!("quality_check_seconds", "How long a check took");
    describe_gauge!("quality_last_check_timestamp", "When a check last ended, Unix time");
    describe_gauge!("quality_check_progress_ratio", "How much of the running check is done, 0 to 1");
    describe_gauge!("quality_generation", "Number of the newest generation that can be read, 0 before the first");
    describe_gauge!("quality_disk_used_ratio", "How full the file system of a watched folder is, 0 to 1");
    describe_gauge!("quality_replica_age_seconds", "Seconds since the replica beside this worker was found up to date");
    describe_counter!("quality_alerts_total", "Messages by target and outcome: sent, refused, unclear");
    describe_gauge!("quality_alert_outbox", "Messages that wait to be sent");
}

/// The open findings; a check that is not among them any more has none.
pub(crate) fn open(counts: &BTreeMap<(String, Severity), u64>) {
    static SHOWN: Mutex<BTreeSet<(String, Severity)>> = Mutex::new(BTreeSet::new());
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    shown.extend(counts.keys().cloned());
    for (check, severity) in shown.iter() {
        let count = counts.get(&(check.clone(), *severity)).copied().unwrap_or_default();
        gauge!("quality_open_findings", "check" => check.clone(), "severity" => severity.as_str()).set(count as f64);
    }
}

/// Findings that are new.
pub(crate) fn found(counts: &BTreeMap<(String, Severity), u64>) {
    for ((check, severity), count) in counts {
        counter!("quality_findings_total", "check" => check.clone(), "severity" => severity.as_str()).increment(*count);
    }
}

/// A check took so long.
pub(crate) fn check_took(check: &'static str, elapsed: Duration) {
    histogram!("quality_check_seconds", "check" => check).record(elapsed);
}

/// A check ended.
pub(crate) fn last_check(check: &str, at: DateTime<Utc>) {
    gauge!("quality_last_check_timestamp", "check" => check.to_owned()).set(at.timestamp() as f64);
}

/// How much of the running check is done.
pub(crate) fn progress(done: usize, total: usize) {
    gauge!("quality_check_progress_ratio").set(done as f64 / total.max(1) as f64);
}

/// The newest generation that can be read.
pub(crate) fn generation(number: Option<u64>) {
    gauge!("quality_generation").set(number.unwrap_or_default() as f64);
}

/// How full the file system of a folder is, percent; not a number where it cannot be asked.
pub(crate) fn disk(folder: &str, used_percent: Option<f64>) {
    let ratio = used_percent.map_or(f64::NAN, |percent| percent / 100.0);
    gauge!("quality_disk_used_ratio", "folder" => folder.to_owned()).set(ratio);
}

/// Seconds since the replica was found up to date.
pub(crate) fn replica(age_seconds: i64) {
    gauge!("quality_replica_age_seconds").set(age_seconds.max(0) as f64);
}

/// A message was tried.
pub(crate) fn alert(target: &str, outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Sent => "sent",
        Outcome::Refused { .. } => "refused",
        Outcome::Unclear { .. } => "unclear",
    };
    counter!("quality_alerts_total", "target" => target.to_owned(), "outcome" => outcome).increment(1);
}

/// Messages that wait for a target.
pub(crate) fn waiting(target: &str, count: usize) {
    gauge!("quality_alert_outbox", "target" => target.to_owned()).set(count as f64);
}
