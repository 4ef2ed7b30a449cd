//! A replica was not brought up to date for too long.
//!
//! A replica serves what it has, for as long as it has it; that the host it is copied from is dead shows in nothing but its age.
//! The age counts from the last transfer that found it up to date, also where nothing new was there to copy, so it is as good
//! over a holiday as on any other day. It is an error after `replica.alert_after_h` (26 hours: one nightly push was missed),
//! and ends with the next transfer.
//!
//! Only a replica has an age: beside the warehouse of a writer, and before the first transfer, nothing is found. Such findings
//! are about the machine and not about data: they are alerts only, and are not recorded in `quality_log`.
//!
//! **Example.** The replica in `data/warehouse/published` was last brought up to date at 2026-04-30 01:30 by
//! `push from mac-mini`, and it is 2026-05-01 03:31: error.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Shanghai;
use serde_json::json;

use crate::{Finding, Origin, RuleInfo, Severity};

/// See the module.
pub static INFO: RuleInfo = RuleInfo {
    code: "replica_age",
    severity: Severity::Error,
    origin: Origin::Machine,
    title: "A replica was not brought up to date",
};

/// What is known of a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica<'a> {
    /// Its folder.
    pub folder: &'a str,
    /// When it was last found up to date.
    pub synced_at: DateTime<Utc>,
    /// By what.
    pub from: &'a str,
    /// The generation that it serves.
    pub generation: Option<u64>,
}

/// Raises a finding if the replica is older than `bound` at `now`; its subject is the folder.
pub fn check(replica: &Replica<'_>, bound: TimeDelta, now: DateTime<Utc>, out: &mut Vec<Finding>) {
    let age = now - replica.synced_at;
    if age <= bound {
        return;
    }
    let Replica { folder, synced_at, from, generation } = replica;
    let at = synced_at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M");
    let message =
        format!("the replica in {folder} was last brought up to date at {at} by `{from}`, {} h ago", age.num_hours());
    let details = json!({"folder": folder, "synced_at": synced_at, "from": from, "generation": generation});
    out.push(Finding::new(&INFO, message, details).about((*folder).to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_missed_night_is_an_error_and_one_minute_before_it_is_none() {
        let synced_at: DateTime<Utc> = "2026-04-29T17:30:00Z".parse().unwrap();
        let replica = Replica { folder: "published", synced_at, from: "push from mac-mini", generation: Some(4) };
        let found = |minutes: i64| {
            let mut out = Vec::new();
            check(&replica, TimeDelta::hours(26), synced_at + TimeDelta::minutes(minutes), &mut out);
            out.pop().map(|finding| (finding.severity, finding.message))
        };
        assert_eq!((found(26 * 60), found(-5)), (None, None));
        let message = "the replica in published was last brought up to date at 2026-04-30 01:30 by `push from mac-mini`, \
                       26 h ago";
        assert_eq!(found(26 * 60 + 1), Some((Severity::Error, message.to_owned())));
    }
}
