//! A push through git, before it is accepted.

use std::{collections::HashSet, path::Path};

use super::{MAIN, Store};
use crate::{
    Actor, CommitId, Refusals, Rule, StoreError,
    objects::Objects,
    policy::{Question, Refusal, judge},
};

/// One reference that a push wants to move, as a `pre-receive` hook learns of it.
#[derive(Clone, Copy, Debug)]
pub struct Push<'a> {
    /// As `refs/heads/main`.
    pub reference: &'a str,
    /// Where the client believes it to be.
    pub old: CommitId,
    /// Where the client wants it.
    pub new: CommitId,
    /// The folder in which git keeps the push's objects until it is accepted (`GIT_QUARANTINE_PATH`).
    pub quarantine: Option<&'a Path>,
}

impl Store {
    /// Says whether git may accept the push, and changes nothing. The caller's `pre-receive` hook fails on an error, and
    /// git throws away what the push has brought.
    ///
    /// Moving main stays git's business: it compares with `old` once more, so that a commit that lands meanwhile is not
    /// lost.
    ///
    /// # Errors
    /// [`StoreError::Refused`]; any other error means that nothing could be said, which is no yes.
    pub fn judge_push(&self, push: &Push<'_>, actor: &Actor) -> Result<(), StoreError> {
        let repository = self.repository()?;
        let head = repository.refname_to_id(MAIN)?;
        check_reference(push, CommitId(head))?;
        let folders: Vec<&Path> = push.quarantine.into_iter().collect();
        let objects = Objects::of(repository).with_folders(&folders)?;
        let seen = judge(&Question { objects: &objects, old: head, new: push.new.0, actor, limits: &self.limits })?;
        check_fast_forward(&objects, push.old, push.new)?;

        let mut refusals = Vec::new();
        for id in objects.extra_ids()? {
            if !seen.contains(&id) && !objects.is_stored(id)? {
                let text = format!("the push brings the object {id}, which no new commit needs");
                refusals.push(Refusal { commit: None, path: String::new(), rule: Rule::Stowaway, text });
            }
        }
        if refusals.is_empty() { Ok(()) } else { Err(StoreError::Refused(Refusals(refusals))) }
    }
}

pub(crate) fn check_reference(push: &Push<'_>, head: CommitId) -> Result<(), StoreError> {
    let (rule, text) = if push.reference != MAIN {
        (Rule::OtherReference, format!("{:?} cannot be pushed: there is only {MAIN}", push.reference))
    } else if push.new.is_none() {
        (Rule::Deletion, "main cannot be deleted".to_owned())
    } else if push.old != head {
        (Rule::Stale, "main has moved on: pull, then push again".to_owned())
    } else {
        return Ok(());
    };
    Err(StoreError::Refused(Refusals::one(rule, text)))
}

/// Refuses a new head that does not descend from the old one.
fn check_fast_forward(objects: &Objects, old: CommitId, new: CommitId) -> Result<(), StoreError> {
    let mut stack = vec![new.0];
    let mut seen = HashSet::new();
    while let Some(id) = stack.pop() {
        if id == old.0 {
            return Ok(());
        }
        // An ancestor of main's head leads only to older ones.
        let is_older = objects.is_stored(id)? && objects.repository().graph_descendant_of(old.0, id)?;
        if seen.insert(id) && !is_older {
            stack.extend(objects.commit(id)?.parents);
        }
    }
    let text = "the new head does not descend from main: pull, then push again";
    Err(StoreError::Refused(Refusals::one(Rule::ForcePush, text)))
}
