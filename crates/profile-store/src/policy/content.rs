//! What may be in the repository, whoever puts it there.

use std::collections::HashMap;

use git2::{ObjectType, Oid};

use super::{Rule, findings::Findings, readable, totals::totals};
use crate::{
    Owners, ProfileName, StoreError,
    allow_list::{self, Kind},
    objects::{Entry, Mode, Tree},
    secret_scan::{self, Sort},
};

const README_BYTES_MAX: u64 = 256 << 10;
const DEPTH_MAX: usize = 16;

/// Judges everything in the tree of `commit` that is in none of its parents' trees at the same place.
pub(super) fn judge(findings: &mut Findings<'_>, commit: Oid, tree: Oid, parents: &[Oid]) -> Result<(), StoreError> {
    let place = Place { commit, path: Vec::new(), depth: 0 };
    let Some(root) = folder(findings, &place, tree, parents)? else { return Ok(()) };
    match root.get(b"OWNERS") {
        Some(entry) if entry.mode == Mode::File => {}
        Some(_) => findings.refuse(Some(commit), b"OWNERS", Rule::OwnersMissing, "OWNERS is no ordinary file"),
        None => {
            findings.refuse(Some(commit), b"OWNERS", Rule::OwnersMissing, "OWNERS is missing: it cannot be deleted")
        }
    }
    Ok(())
}

struct Place {
    commit: Oid,
    path: Vec<u8>,
    depth: usize,
}

impl Place {
    fn below(&self, name: &[u8]) -> Self {
        let path = if self.path.is_empty() { name.to_vec() } else { [&self.path, &b"/"[..], name].concat() };
        Self { commit: self.commit, path, depth: self.depth + 1 }
    }
}

fn folder(findings: &mut Findings<'_>, place: &Place, id: Oid, parents: &[Oid]) -> Result<Option<Tree>, StoreError> {
    let Some(tree) = findings.tree(place.commit, &place.path, id)? else { return Ok(None) };
    findings.seen.insert(id);
    if place.depth > DEPTH_MAX {
        findings.refuse(Some(place.commit), &place.path, Rule::Path, "the folder is too deep");
        return Ok(Some(tree));
    }
    if tree.entries.is_empty() && place.depth > 0 {
        findings.refuse(
            Some(place.commit),
            &place.path,
            Rule::Malformed,
            "the folder is empty, which git does not write",
        );
    }
    collisions(findings, place, &tree);
    let parents: Vec<Tree> = parents.iter().map(|parent| findings.objects.tree(*parent)).collect::<Result<_, _>>()?;
    let by_name = |tree: &'_ Tree| -> HashMap<Vec<u8>, Entry> {
        tree.entries.iter().map(|entry| (entry.name.clone(), entry.clone())).collect()
    };
    let parents: Vec<HashMap<Vec<u8>, Entry>> = parents.iter().map(by_name).collect();
    for new in &tree.entries {
        if findings.is_enough() {
            break;
        }
        let old: Vec<Option<&Entry>> = parents.iter().map(|parent| parent.get(&new.name)).collect();
        if old.contains(&Some(new)) {
            continue;
        }
        entry(findings, &place.below(&new.name), new, &old)?;
    }
    Ok(Some(tree))
}

/// Refuses names in one folder that are one name where case or composition does not count.
fn collisions(findings: &mut Findings<'_>, place: &Place, tree: &Tree) {
    let mut forms: HashMap<String, &[u8]> = HashMap::with_capacity(tree.entries.len());
    for entry in &tree.entries {
        let form = allow_list::fold(&String::from_utf8_lossy(&entry.name));
        if let Some(other) = forms.insert(form, &entry.name) {
            let text = format!("is the same name as {:?} on a Mac", String::from_utf8_lossy(other));
            findings.refuse(Some(place.commit), &place.below(&entry.name).path, Rule::Collision, text);
        }
    }
}

fn entry(findings: &mut Findings<'_>, place: &Place, new: &Entry, old: &[Option<&Entry>]) -> Result<(), StoreError> {
    let refuse =
        |findings: &mut Findings<'_>, rule, text: &str| findings.refuse(Some(place.commit), &place.path, rule, text);
    let names: Vec<&[u8]> = place.path.split(|byte| *byte == b'/').collect();
    match &new.mode {
        Mode::Link => refuse(findings, Rule::Symlink, "is a symbolic link"),
        Mode::Submodule => refuse(findings, Rule::Submodule, "is a submodule"),
        Mode::Other(_) => refuse(findings, Rule::Mode, "has a mode that git does not write"),
        Mode::Tree => match names.as_slice() {
            [b"profiles"] | [b"profiles", _, _, ..] => below(findings, place, new, old)?,
            [b"profiles", name] => profile(findings, place, name, new, old)?,
            _ => refuse(findings, Rule::OutsideProfiles, "is a folder that belongs nowhere: only profiles/ does"),
        },
        Mode::File | Mode::Executable => match names.as_slice() {
            [b"OWNERS"] => owners(findings, place, new)?,
            [b"README.md"] if new.mode == Mode::File => {
                file(findings, place, new, README_BYTES_MAX, Some(Kind::Opaque))?;
            }
            [b"profiles", _, inner @ ..] if !inner.is_empty() => replicated(findings, place, &inner.join(&b'/'), new)?,
            _ => refuse(
                findings,
                Rule::OutsideProfiles,
                "is a file that belongs nowhere: files live in profiles/<name>/",
            ),
        },
    }
    Ok(())
}

fn below(findings: &mut Findings<'_>, place: &Place, new: &Entry, old: &[Option<&Entry>]) -> Result<(), StoreError> {
    let parents: Vec<Oid> = old.iter().flatten().filter(|entry| entry.mode.is_tree()).map(|entry| entry.id).collect();
    folder(findings, place, new.id, &parents)?;
    Ok(())
}

fn profile(
    findings: &mut Findings<'_>,
    place: &Place,
    name: &[u8],
    new: &Entry,
    old: &[Option<&Entry>],
) -> Result<(), StoreError> {
    let parsed = std::str::from_utf8(name).map_err(|_| "the name is not UTF-8".to_owned());
    if let Err(problem) = parsed.and_then(|name| ProfileName::parse(name).map_err(|error| error.to_string())) {
        findings.refuse(Some(place.commit), &place.path, Rule::ProfileName, problem);
    }
    // Before the folder is walked: a few small folders that hold each other can stand for billions of files.
    let (files, bytes) = totals(findings, new.id)?;
    let mut before = (0, 0);
    for parent in old.iter().flatten().filter(|entry| entry.mode.is_tree()) {
        let total = totals(findings, parent.id)?;
        before = (before.0.max(total.0), before.1.max(total.1));
    }
    // What is too large already may still be made smaller.
    let (files_max, bytes_max) = (findings.limits.files_max, findings.limits.profile_bytes_max);
    if bytes > bytes_max.max(before.1) {
        let text = format!("the profile has {bytes} bytes, at most {bytes_max}");
        findings.refuse(Some(place.commit), &place.path, Rule::ProfileTooLarge, text);
    }
    if files > files_max.max(before.0) {
        let text = format!("the profile has {files} files, at most {files_max}");
        findings.refuse(Some(place.commit), &place.path, Rule::ProfileTooLarge, text);
        return Ok(());
    }
    below(findings, place, new, old)
}

fn owners(findings: &mut Findings<'_>, place: &Place, new: &Entry) -> Result<(), StoreError> {
    let Some(bytes) = file(findings, place, new, findings.limits.owners_bytes_max, None)? else { return Ok(()) };
    if let Err(broken) = Owners::parse(&bytes) {
        findings.refuse(Some(place.commit), &place.path, Rule::OwnersBroken, broken.to_string());
    }
    Ok(())
}

/// A file inside a profile.
fn replicated(findings: &mut Findings<'_>, place: &Place, inner: &[u8], new: &Entry) -> Result<(), StoreError> {
    let allowed = match std::str::from_utf8(inner) {
        Ok(inner) => allow_list::classify(inner).map_err(|refused| refused.to_string()),
        Err(_) => Err("the path is not UTF-8".to_owned()),
    };
    let allowed = match allowed {
        Ok(allowed) => allowed,
        Err(text) => {
            // Its object has been looked at, and refused with it.
            findings.refuse(Some(place.commit), &place.path, Rule::Path, text);
            return Ok(());
        }
    };
    if new.mode == Mode::Executable && !allowed.executable {
        findings.refuse(Some(place.commit), &place.path, Rule::Mode, "is executable and need not be: chmod -x");
    }
    file(findings, place, new, allowed.bytes_max, Some(allowed.kind))?;
    Ok(())
}

/// Judges a file's bytes; returns them where nothing stands against reading them and they are new.
fn file(
    findings: &mut Findings<'_>,
    place: &Place,
    new: &Entry,
    bytes_max: u64,
    kind: Option<Kind>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(size) = findings.size(place.commit, &place.path, new.id, ObjectType::Blob)? else { return Ok(None) };
    findings.seen.insert(new.id);
    if size > bytes_max {
        let text = format!("has {size} bytes, at most {bytes_max}");
        findings.refuse(Some(place.commit), &place.path, Rule::FileTooLarge, text);
        return Ok(None);
    }
    if !findings.judged.insert((place.path.clone(), new.id)) {
        return Ok(None);
    }
    findings.bytes += size;
    if findings.bytes > findings.limits.push_bytes_max {
        let text = format!("the push has more than {} bytes of new files", findings.limits.push_bytes_max);
        findings.refuse(None, b"", Rule::PushTooLarge, text);
        return Ok(None);
    }
    let bytes = findings.objects.blob(new.id)?;
    match (std::str::from_utf8(&bytes), kind) {
        (_, Some(Kind::Opaque)) => {}
        (Ok(text), kind) if !text.contains('\0') => {
            let name = place.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            if let Some(problem) = kind.and_then(|kind| readable::problem_of(kind, name, text)) {
                findings.refuse(
                    Some(place.commit),
                    &place.path,
                    Rule::Unreadable,
                    format!("cannot be read: {problem}"),
                );
            }
        }
        _ => findings.refuse(Some(place.commit), &place.path, Rule::NotText, "is not UTF-8 text"),
    }
    for found in secret_scan::scan(&String::from_utf8_lossy(&place.path), &bytes) {
        let rule = match found.sort {
            Sort::Secret => Rule::Secret,
            Sort::RedactionPlaceholder => Rule::RedactionPlaceholder,
        };
        findings.refuse(Some(place.commit), &place.path, rule, format!("line {}: {}", found.line, found.what));
    }
    Ok(Some(bytes))
}
