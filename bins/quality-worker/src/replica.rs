//! How old the replica is that this worker stands beside, and who is told: with the primary dies everybody who could say so.

use std::{path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::clock::Clock;
use quality_rules::{
    Finding,
    rules::replica_age::{self, Replica},
};
use tokio_util::sync::CancellationToken;
use warehouse::read_replica;

use crate::{
    alerts::{book::Checked, desk::Desk, group::Groups},
    check::{example, group_key},
    measure,
};

/// Its name in the metrics.
const NAME: &str = "check_replica";

/// Figures of what stays open are brought up to date after this.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// Looks at the replica every so often, and tells what is news.
pub(crate) struct ReplicaWatch {
    /// The published folder.
    pub(crate) published: PathBuf,
    /// An older one raises an alert.
    pub(crate) alert_after: TimeDelta,
    /// How often it is looked at.
    pub(crate) every: Duration,
    /// Who is told.
    pub(crate) desk: Arc<Desk>,
    /// Now.
    pub(crate) clock: Clock,
}

/// Whether it was too old when that was told last, and when.
type Told = (bool, DateTime<Utc>);

impl ReplicaWatch {
    /// Until `shutdown`.
    pub(crate) async fn keep_watching(self, shutdown: CancellationToken) {
        let mut looks = tokio::time::interval(self.every);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = None;
        let mut trouble = None;
        while shutdown.run_until_cancelled(looks.tick()).await.is_some() {
            let error = self.look(&mut told).await.err().map(|error| format!("{error:#}"));
            if let Some(error) = error.as_ref().filter(|error| trouble.as_ref() != Some(*error)) {
                tracing::error!(error, "the replica's age is not known: {error}");
            }
            trouble = error;
        }
    }

    async fn look(&self, told: &mut Option<Told>) -> anyhow::Result<()> {
        // A small file on a local disk.
        let replica = read_replica(&self.published)?;
        let known = replica.as_ref().and_then(|replica| Some((replica, replica.synced_at?)));
        let Some((replica, synced_at)) = known else { return Ok(()) };
        let now = self.clock.now();
        measure::replica((now - synced_at).num_seconds());
        let mut findings = Vec::new();
        let folder = self.published.display().to_string();
        let facts = Replica { folder: &folder, synced_at, from: &replica.from, generation: replica.generation };
        replica_age::check(&facts, self.alert_after, now, &mut findings);
        let is_old = !findings.is_empty();
        let is_known =
            told.is_some_and(|(was_old, at)| was_old == is_old && (!is_old || (now - at).abs() < AGAIN_AFTER));
        if !is_known {
            self.desk.check_ran(checked(&findings, replica.generation, now)).await?;
            *told = Some((is_old, now));
        }
        Ok(())
    }
}

fn checked(findings: &[Finding], generation: Option<u64>, at: DateTime<Utc>) -> Checked {
    let mut groups = Groups::default();
    for finding in findings {
        groups.add(finding.check, group_key(finding), example(finding));
    }
    Checked { name: NAME, rules: vec![replica_age::INFO.code], dates: None, generation, groups, at }
}
