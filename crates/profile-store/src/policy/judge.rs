//! The judgement.

use std::collections::HashSet;

use git2::Oid;

use super::{Actor, Refusals, Rule, content, findings::Findings, new_commits::new_commits, ownership::Ownership};
use crate::{Owners, StoreError, allow_list::Limits, objects::Objects, secret_scan};

/// What is judged: whether `actor` may move main from `old` to `new`.
pub(crate) struct Question<'a> {
    pub(crate) objects: &'a Objects,
    pub(crate) old: Oid,
    pub(crate) new: Oid,
    pub(crate) actor: &'a Actor,
    pub(crate) limits: &'a Limits,
}

/// Says yes, with every object that the new commits need and `old` has not, or what is wrong.
pub(crate) fn judge(question: &Question<'_>) -> Result<HashSet<Oid>, StoreError> {
    let Question { objects, old, new, actor, limits } = *question;
    let old_tree = objects.commit(old)?.tree;
    let mut is_repair = false;
    let owners = match (owners_at(objects, old_tree, limits)?, actor.is_admin()) {
        (Ok(owners), _) => owners,
        // The way out: what an administrator pushes has to bring a file that can be read, or it is refused below.
        (Err(problem), true) => {
            tracing::warn!(%problem, "OWNERS cannot be read: an administrator's repair is judged without it");
            is_repair = true;
            Owners::default()
        }
        (Err(problem), false) => {
            let text = format!("{problem}; nothing is accepted until an administrator has repaired it");
            return Err(StoreError::Refused(Refusals::one(Rule::OwnersBroken, text)));
        }
    };
    let ownership = Ownership { owners: &owners, actor };
    let mut findings = Findings::new(objects, limits);
    for new in new_commits(&mut findings, old, new)?.unwrap_or_default() {
        if findings.is_enough() {
            break;
        }
        if new.commit.parents.is_empty() {
            findings.refuse(
                Some(new.id),
                b"",
                Rule::UnrelatedHistory,
                "the commit has no parent: it shares no history with main",
            );
            continue;
        }
        if let Some(header) = new.commit.unknown_header() {
            findings.refuse(
                Some(new.id),
                b"",
                Rule::Malformed,
                format!("the commit has the header {header:?}, which git does not write"),
            );
        }
        for found in secret_scan::scan_text(&new.commit.rest) {
            findings.refuse(
                Some(new.id),
                b"",
                Rule::Secret,
                format!("the commit itself, line {}: {}", found.line, found.what),
            );
        }
        let parents: Vec<Oid> = parent_trees(objects, &new.commit.parents)?;
        content::judge(&mut findings, new.id, new.commit.tree, &parents)?;
        ownership.judge(&mut findings, &new, old_tree, &parents)?;
    }
    if is_repair
        && findings.refusals.is_empty()
        && let Err(problem) = owners_at(objects, objects.commit(new)?.tree, limits)?
    {
        let text = format!("{problem}; nothing is accepted before it is repaired");
        findings.refuse(Some(new), b"OWNERS", Rule::OwnersBroken, text);
    }
    if findings.refusals.is_empty() { Ok(findings.seen) } else { Err(StoreError::Refused(Refusals(findings.refusals))) }
}

fn parent_trees(objects: &Objects, parents: &[Oid]) -> Result<Vec<Oid>, StoreError> {
    parents.iter().map(|parent| Ok(objects.commit(*parent)?.tree)).collect()
}

/// `OWNERS` of a commit's tree, or what is wrong with it.
fn owners_at(objects: &Objects, tree: Oid, limits: &Limits) -> Result<Result<Owners, String>, StoreError> {
    let tree = objects.tree(tree)?;
    let Some(entry) = tree.get(b"OWNERS") else { return Ok(Err("OWNERS is missing".to_owned())) };
    match objects.header(entry.id)? {
        Some((size, git2::ObjectType::Blob)) if size <= limits.owners_bytes_max => {}
        _ => return Ok(Err("OWNERS is no file, or too large".to_owned())),
    }
    Ok(Owners::parse(&objects.blob(entry.id)?).map_err(|broken| broken.to_string()))
}
