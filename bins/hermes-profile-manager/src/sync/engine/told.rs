//! What a round says: what it does, why it does not, and why it was made.

use std::collections::BTreeMap;

use profile_store::{ProfileName, secret_scan};
use serde_json::{Value, json};

use super::{Mode, Task, look::Round};
use crate::{
    client::Change,
    failure::Failure,
    sync::{Given, Obstacle, Plan, Report, Tree, Write, layout::in_scope, plan},
};

/// A push without a merge: fine where there is nothing to push, else somebody has to sync.
pub(super) fn pushed_nothing_or_moved(task: &Task, round: &Round, given: &Given<'_>) -> Result<Report, Failure> {
    let profile = &task.profile;
    let nothing = Tree::new();
    let base = in_scope(given.base.unwrap_or(&nothing), &round.local, round.memories);
    let unmerged = Given { theirs: &base, ..*given };
    let ours = plan(&unmerged).map_err(|obstacle| failure(profile, obstacle))?.ours;
    let theirs = in_scope(&round.theirs, &round.local, round.memories);
    if ours == base || ours == theirs {
        return Ok(Report::remark(profile, "nothing to push; the registry has something new: `pull` or `sync`"));
    }
    let what = format!(
        "{profile}: the registry has moved on to {}; nothing was pushed. `sync {profile}` merges and pushes, \
         `sync --plan {profile}` shows what it would do",
        round.commit.get(..12).unwrap_or(&round.commit)
    );
    Err(Failure::Moved(what))
}

pub(super) fn report(task: &Task, plan: &Plan, dry_run: bool) -> Report {
    let pushed = plan.changes.iter().map(|change| {
        let change_kind = match (&change.content, plan.theirs.contains_key(&change.path)) {
            (None, _) => "deleted",
            (Some(_), true) => "changed",
            (Some(_), false) => "added",
        };
        (change.path.clone(), change_kind)
    });
    let written = plan.writes.iter().map(|write| {
        let kind = match (&write.before, &write.after) {
            (None, _) => "added",
            (_, None) => "deleted",
            _ => "changed",
        };
        (write.path.clone(), kind)
    });
    Report {
        profile: task.profile.to_string(),
        dry_run,
        pushed: if task.mode == Mode::Pull { Vec::new() } else { pushed.collect() },
        written: if task.mode == Mode::Push { Vec::new() } else { written.collect() },
        notes: plan.notes.clone(),
        lost: plan.lost.iter().map(|lost| lost.path.clone()).collect(),
        skipped: plan.skipped.clone(),
        ..Report::default()
    }
}

pub(super) fn failure(profile: &ProfileName, obstacle: Obstacle) -> Failure {
    match obstacle {
        Obstacle::Conflict(files) => Failure::Conflict { profile: profile.to_string(), files },
        other @ Obstacle::FileAndFolder(_) => Failure::Undecided(format!("{profile}: {other}; nothing was changed")),
        other => Failure::failed(format!("{profile}: {other}")),
    }
}

/// The registry would refuse them, but then they would have travelled.
pub(super) fn refuse_secrets(profile: &ProfileName, changes: &[Change]) -> Result<(), Failure> {
    let mut refusals = Vec::new();
    for change in changes {
        let Some((bytes, _)) = &change.content else { continue };
        for found in secret_scan::scan(&change.path, bytes) {
            let text = format!("line {}: {}", found.line, found.what);
            refusals.push(json!({"path": change.path, "rule": "secret", "text": text}));
        }
    }
    if refusals.is_empty() {
        return Ok(());
    }
    let detail = format!("{profile}: secrets do not go into the registry, and nothing was sent");
    Err(Failure::Refused { kind: "change-refused".to_owned(), detail, refusals })
}

/// Says so where jobs that ran here will not any more.
pub(super) fn switched_off(plan: &Plan) -> Option<String> {
    let is_enabled = |write: &&Write| {
        let before = write.before.as_ref().and_then(|file| serde_json::from_slice::<Value>(&file.bytes).ok());
        let jobs = before.as_ref().and_then(|file| file["jobs"].as_array());
        jobs.is_some_and(|jobs| jobs.iter().any(|job| job["enabled"].as_bool().unwrap_or(true)))
    };
    plan.writes.iter().filter(|write| write.path == "cron/jobs.json").find(is_enabled)?;
    Some(
        "its jobs are switched off here, for they run elsewhere; `sync --serve` if this machine shall run them"
            .to_owned(),
    )
}

pub(super) fn message(changes: &[Change]) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes {
        kinds.entry(if change.content.is_some() { "Change" } else { "Delete" }).or_default().push(&change.path);
    }
    let told = kinds.iter().map(|(kind, paths)| {
        let more = if paths.len() > 5 { format!(" and {} more", paths.len() - 5) } else { String::new() };
        format!("{kind} {}{more}", paths.iter().take(5).copied().collect::<Vec<_>>().join(", "))
    });
    told.collect::<Vec<_>>().join("; ")
}
