//! Which commits of a push main does not have yet.

use std::collections::{HashMap, HashSet};

use git2::{ObjectType, Oid};

use super::{Rule, findings::Findings};
use crate::{StoreError, objects::Commit};

/// A commit that main does not have.
pub(super) struct New {
    pub(super) id: Oid,
    pub(super) commit: Commit,
    /// Whether it descends from main's head, and not only from something older.
    pub(super) on_head: bool,
}

/// The commits that `new` reaches and `old` does not, parents before children. `None` after a refusal.
pub(super) fn new_commits(findings: &mut Findings<'_>, old: Oid, new: Oid) -> Result<Option<Vec<New>>, StoreError> {
    let mut known: HashMap<Oid, bool> = HashMap::from([(old, true)]);
    let mut read: HashMap<Oid, Commit> = HashMap::new();
    let mut done: HashSet<Oid> = HashSet::new();
    let mut order: Vec<New> = Vec::new();
    // A commit is put aside until its parents are done.
    let mut stack = vec![(new, false)];
    while let Some((id, parents_are_done)) = stack.pop() {
        if done.contains(&id) || is_known(findings, &mut known, old, id)? {
            continue;
        }
        if parents_are_done {
            done.insert(id);
            let Some(commit) = read.remove(&id) else { continue };
            let on_head = commit
                .parents
                .iter()
                .any(|parent| *parent == old || order.iter().any(|new| new.id == *parent && new.on_head));
            order.push(New { id, commit, on_head });
            continue;
        }
        if read.contains_key(&id) {
            // Waits for its parents on the stack already; git allows no circles.
            continue;
        }
        let Some(commit) = findings.commit(id)? else { return Ok(None) };
        if read.len() + order.len() >= findings.limits.commits_max {
            let text = format!("the push has more than {} new commits", findings.limits.commits_max);
            findings.refuse(None, b"", Rule::PushTooLarge, text);
            return Ok(None);
        }
        findings.seen.insert(id);
        stack.push((id, true));
        stack.extend(commit.parents.iter().map(|parent| (*parent, false)));
        read.insert(id, commit);
    }
    Ok(Some(order))
}

/// Whether main's head is the commit or descends from it.
///
/// A commit that the repository holds is not known for that: it may be left over from a push that lost a race.
fn is_known(findings: &Findings<'_>, known: &mut HashMap<Oid, bool>, old: Oid, id: Oid) -> Result<bool, StoreError> {
    if let Some(known) = known.get(&id) {
        return Ok(*known);
    }
    let objects = findings.objects;
    let is_stored_commit = objects.is_stored(id)? && matches!(objects.header(id)?, Some((_, ObjectType::Commit)));
    let is = is_stored_commit && objects.repository().graph_descendant_of(old, id)?;
    known.insert(id, is);
    Ok(is)
}
