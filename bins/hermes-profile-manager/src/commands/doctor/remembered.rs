//! `.profile-manager`: who may read it, and what killed runs left in it.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

use super::finding::Findings;
use crate::context::Context;

const PLACE: &str = ".profile-manager";
/// More versions than this that lost a merge are worth a look.
const LOST_MANY: usize = 100;

pub(super) fn look(context: &Context, findings: &mut Findings) {
    let path = context.state.path();
    let Ok(found) = fs::symlink_metadata(path) else {
        findings.good(PLACE, "there is none yet: nothing was synchronised here");
        return;
    };
    let before = findings.len();
    if !found.is_dir() {
        findings.broken(PLACE, format!("{} is no folder", path.display()));
        return;
    }
    if found.mode() & 0o077 != 0 {
        let mode = found.mode() & 0o777;
        findings.broken(PLACE, format!("others may look into it (mode {mode:o}): chmod 700 {}", path.display()));
    }
    for name in ["credentials.json", "host.age"] {
        private(&path.join(name), findings);
    }
    if let Err(failure) = context.state.credentials() {
        findings.broken(PLACE, failure.to_string());
    }
    let left = files(&path.join("tmp")) + files(&context.home.path().join("profiles/.hermes-profile-manager"));
    if left > 0 {
        findings.warn(PLACE, format!("a run was killed and left {left} files; the next run clears them up"));
    }
    let unfinished = files(&path.join("unfinished"));
    if unfinished > 0 {
        findings.warn(PLACE, format!("{unfinished} synchronisations have not ended: run `sync` again"));
    }
    let lost = files(&path.join("theirs"));
    if lost > LOST_MANY {
        findings.warn(PLACE, format!("{lost} versions that lost a merge are kept in `theirs`: look through them"));
    }
    let adopted = files(&path.join("adopted"));
    if adopted > 0 {
        let what = format!(
            "{adopted} files as they were before `adopt` are kept in `adopted`, secrets in them: delete it when all is well"
        );
        findings.warn(PLACE, what);
    }
    if findings.len() == before {
        findings.good(PLACE, "nobody else may look into it, and nothing was left in it");
    }
}

/// A file with a secret.
pub(super) fn private(path: &Path, findings: &mut Findings) {
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let shown = path.display();
    if found.is_symlink() {
        findings.broken(PLACE, format!("{shown} is a link"));
    } else if found.mode() & 0o077 != 0 {
        findings.broken(PLACE, format!("others may read {shown} (mode {:o}): chmod 600 {shown}", found.mode() & 0o777));
    }
}

/// How many files there are below a folder.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            _ => 1,
        })
        .sum()
}
