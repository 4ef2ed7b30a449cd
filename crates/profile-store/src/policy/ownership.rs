//! Who may change what.
//!
//! A commit's *foreign part* is everything in it that the actor may not change. A commit that descends from main's head
//! must have exactly the head's foreign part; one on a side line exactly that of a parent. So nothing foreign changes on
//! the way, not for one commit, and no merge brings an older state of it back.

use git2::Oid;

use super::{Actor, Rule, findings::Findings, new_commits::New};
use crate::{
    Owners, ProfileName, StoreError,
    objects::{Entry, Tree},
};

pub(super) struct Ownership<'a> {
    pub(super) owners: &'a Owners,
    pub(super) actor: &'a Actor,
}

/// A difference that the actor may not make.
struct Foreign {
    path: Vec<u8>,
    rule: Rule,
    text: &'static str,
}

impl Ownership<'_> {
    pub(super) fn judge(
        &self,
        findings: &mut Findings<'_>,
        new: &New,
        head: Oid,
        parents: &[Oid],
    ) -> Result<(), StoreError> {
        if self.actor.is_admin() {
            return Ok(());
        }
        let references: Vec<Oid> = match (new.on_head, parents) {
            // Its parent has the head's foreign part already, or was refused for its own sake.
            (_, [parent]) => vec![*parent],
            (true, _) => vec![head],
            (false, parents) => parents.to_vec(),
        };
        let mut first: Option<Vec<Foreign>> = None;
        for reference in references {
            let Some(found) = self.differences(findings, new, reference)? else { return Ok(()) };
            if found.is_empty() {
                return Ok(());
            }
            first.get_or_insert(found);
        }
        for foreign in first.unwrap_or_default() {
            findings.refuse(Some(new.id), &foreign.path, foreign.rule, foreign.text);
        }
        Ok(())
    }

    /// All differences between the commit and `reference` that the actor may not make; `None` after a refusal.
    fn differences(
        &self,
        findings: &mut Findings<'_>,
        new: &New,
        reference: Oid,
    ) -> Result<Option<Vec<Foreign>>, StoreError> {
        let Some(after) = findings.tree(new.id, b"", new.commit.tree)? else { return Ok(None) };
        let before = findings.objects.tree(reference)?;
        let mut found = Vec::new();
        for (old, new_entry) in changed(&before, &after) {
            let name = &new_entry.or(old).map(|entry| entry.name.clone()).unwrap_or_default();
            if name != b"profiles" {
                found.push(outside(name));
                continue;
            }
            let (Some(old), Some(now)) = (folder(old), folder(new_entry)) else {
                // From no profile to the first, or to none: each one counts. Anything but a folder is refused elsewhere.
                let some = folder(new_entry).or(folder(old));
                let Some(id) = some else { continue };
                let Some(tree) = findings.tree(new.id, name, id)? else { return Ok(None) };
                found.extend(tree.entries.iter().filter_map(|entry| self.profile(&entry.name)));
                continue;
            };
            let Some(now) = findings.tree(new.id, name, now)? else { return Ok(None) };
            let old = findings.objects.tree(old)?;
            for (old_profile, new_profile) in changed(&old, &now) {
                let entry = new_profile.or(old_profile);
                let Some(mut foreign) = entry.and_then(|entry| self.profile(&entry.name)) else { continue };
                foreign.path.extend(first_change(findings, folder(old_profile), folder(new_profile)));
                found.push(foreign);
            }
        }
        Ok(Some(found))
    }

    /// Why the actor may not change the profile of this name.
    fn profile(&self, name: &[u8]) -> Option<Foreign> {
        let parsed = std::str::from_utf8(name).ok().and_then(|name| ProfileName::parse(name).ok());
        let path = [b"profiles/", name].concat();
        match parsed {
            Some(name) if self.actor.may_change(&name, self.owners) => None,
            Some(name) if self.owners.owner_of(&name).is_none() => {
                Some(Foreign { path, rule: Rule::UnclaimedProfile, text: "nobody owns this profile: claim it first" })
            }
            _ => Some(Foreign { path, rule: Rule::ForeignProfile, text: "this profile is not yours" }),
        }
    }
}

fn outside(name: &[u8]) -> Foreign {
    let (rule, text) = match name {
        b"OWNERS" => (Rule::OwnersFile, "only an administrator changes OWNERS: claim or transfer the profile instead"),
        _ => (Rule::OutsideProfiles, "only an administrator changes what is outside of profiles/"),
    };
    Foreign { path: name.to_vec(), rule, text }
}

fn folder(entry: Option<&Entry>) -> Option<Oid> {
    entry.filter(|entry| entry.mode.is_tree()).map(|entry| entry.id)
}

/// Pairs of entries that differ, in order of names.
fn changed<'a>(before: &'a Tree, after: &'a Tree) -> Vec<(Option<&'a Entry>, Option<&'a Entry>)> {
    let by_name = |tree: &'a Tree| {
        let mut entries: Vec<&Entry> = tree.entries.iter().collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        entries
    };
    let (before, after) = (by_name(before), by_name(after));
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let pair = match (before.peek(), after.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => (before.next(), None),
            (None, Some(_)) => (None, after.next()),
            (Some(old), Some(new)) => match old.name.cmp(&new.name) {
                std::cmp::Ordering::Less => (before.next(), None),
                std::cmp::Ordering::Greater => (None, after.next()),
                std::cmp::Ordering::Equal => (before.next(), after.next()),
            },
        };
        if pair.0 != pair.1 {
            pairs.push(pair);
        }
    }
}

/// The path of the first file that differs below, for the reader of the refusal; empty where it cannot be told.
fn first_change(findings: &Findings<'_>, before: Option<Oid>, after: Option<Oid>) -> Vec<u8> {
    let mut path = Vec::new();
    let (mut before, mut after) = (before, after);
    while before.is_some() || after.is_some() {
        let load = |id: Option<Oid>| id.and_then(|id| findings.objects.tree(id).ok()).unwrap_or_default();
        let (old, new) = (load(before), load(after));
        let pairs = changed(&old, &new);
        let Some((old, new)) = pairs.first() else { break };
        path.push(b'/');
        path.extend_from_slice(new.or(*old).map_or(&b""[..], |entry| &entry.name));
        (before, after) = (folder(*old), folder(*new));
    }
    path
}
