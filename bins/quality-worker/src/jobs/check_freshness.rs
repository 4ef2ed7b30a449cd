//! `check_freshness`: judges by the clock whether every source has brought what is due, sends what is overdue to the writer,
//! and tells people.

use std::path::Path;

use job_queue::{JobContext, JobError};
use quality_rules::{Finding, Origin};
use serde_json::{Value, json};
use warehouse::{Generation, WarehouseError, read_status};

use super::JobsContext;
use crate::{
    alerts::{book::Checked, group::Groups},
    check::{Judging, Parts, Recorder, Subject, example, freshness, group_key},
};

/// Its name in the log of checks.
const NAME: &str = "check_freshness";

pub(super) async fn run(context: &JobsContext, job: &JobContext) -> Result<Value, JobError> {
    let generation = context.publications.look().await;
    let now = context.clock.now();
    let (checked, findings) = judge(&context.published, generation.as_deref(), &context.judging, now)?;
    let subject = Subject {
        check: NAME,
        generation: checked.generation,
        commit_seq: generation.as_ref().map_or(0, |generation| generation.manifest().commit_seq),
        checked_at: now,
        rules: checked.rules.clone(),
        dates: None,
    };
    let overdue: Vec<_> = findings.iter().map(|finding| finding.subject.clone()).collect();
    let report = json!({ "generation": checked.generation, "overdue": overdue });
    // People first: that the writer's machine is dead is what they have to hear of, and then nothing can be recorded.
    context.desk.check_ran(checked).await?;
    let recorder = Recorder::new(&context.records, &job.id, subject);
    let mut parts = Parts::default();
    for part in findings.into_iter().filter_map(|finding| parts.push(finding)) {
        recorder.push(part).await?;
    }
    for part in parts.finish([]) {
        recorder.push(part).await?;
    }
    Ok(report)
}

/// What is overdue at `now`.
///
/// # Errors
/// `Damaged` if `status.json` cannot be read. That there is none yet is no error.
pub(crate) fn judge(
    published: &Path,
    generation: Option<&Generation>,
    judging: &Judging,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Checked, Vec<Finding>), WarehouseError> {
    let status = read_status(published)?;
    let calendar = generation.map(Generation::calendar);
    let findings = freshness::findings(status.as_ref(), calendar, &judging.freshness, now);
    let mut groups = Groups::default();
    for finding in &findings {
        groups.add(finding.check, group_key(finding), example(finding));
    }
    let checked = Checked {
        name: NAME,
        rules: Judging::rules_of(Origin::Clock),
        dates: None,
        generation: generation.map(Generation::number),
        groups,
        at: now,
    };
    Ok((checked, findings))
}
