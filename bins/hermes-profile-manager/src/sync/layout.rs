//! What has to be written here, so that the files stand as the registry has them.

use std::collections::BTreeSet;

use profile_store::{
    allow_list::classify,
    merge,
    template::{Host, HostError, for_host},
};

use super::{File, Tree, as_files};
use crate::{
    home::{AGENTS_COPY, LocalFile, LocalProfile},
    state::Lost,
};

const JOBS: &str = "cron/jobs.json";
const AGENTS: &str = "AGENTS.md";

/// One file that is written or taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    /// Relative to the profile.
    pub(crate) path: String,
    /// What is there; it is looked at once more before it is written over.
    pub(crate) before: Option<LocalFile>,
    /// What shall be there.
    pub(crate) after: Option<LocalFile>,
}

/// Compares the files here with `merged` as it stands on this machine.
pub(super) fn writes(
    base: Option<&Tree>,
    local: &LocalProfile,
    merged: &Tree,
    was: Host<'_>,
    now: Host<'_>,
    lost: &mut Vec<Lost>,
) -> Result<Vec<Write>, HostError> {
    let target = for_host(&as_files(merged), now)?;
    let mut writes = Vec::new();
    let paths: BTreeSet<&String> = target.keys().chain(local.files.keys()).collect();
    for path in paths {
        let before = local.files.get(path);
        let after = target.get(path).map(|bytes| LocalFile {
            bytes: match before {
                Some(before) if path == JOBS => keep_state(&before.bytes, bytes),
                _ => bytes.clone(),
            },
            executable: merged.get(path).is_some_and(|file| file.executable),
        });
        let is_hermes_own = after.is_none() && local.bundled(path).is_some();
        if before == after.as_ref() || (is_hermes_own && base.is_none_or(|base| !base.contains_key(path))) {
            continue;
        }
        if path == AGENTS_COPY && !copy_may_go(base, before, after.as_ref(), merged, was, lost) {
            continue;
        }
        writes.push(Write { path: path.clone(), before: before.cloned(), after });
    }
    // Jobs before the rest of the settings would matter to nobody; but a job must not run on two machines for longer
    // than it has to, so its file is the first.
    // And what is in a folder goes before a file takes the folder's name.
    let files: BTreeSet<String> =
        writes.iter().filter(|write| write.after.is_some()).map(|write| write.path.clone()).collect();
    let makes_room = |write: &Write| {
        let mut above = write.path.match_indices('/').map(|(at, _)| &write.path[..at]);
        write.after.is_none() && above.any(|folder| files.contains(folder))
    };
    writes.sort_by_key(|write| (write.path != JOBS, !makes_room(write)));
    Ok(writes)
}

/// The scheduler's own state stays in the file; what is the same but for it is not touched.
fn keep_state(before: &[u8], wanted: &[u8]) -> Vec<u8> {
    if merge::same_jobs(before, wanted) {
        return before.to_vec();
    }
    merge::jobs_with_state(before, wanted).unwrap_or_else(|_| wanted.to_vec())
}

/// The copy in the working folder is the agent's folder too: what somebody wrote there and the registry does not get is kept
/// aside, and a file of theirs is not taken away with the source.
fn copy_may_go(
    base: Option<&Tree>,
    before: Option<&LocalFile>,
    after: Option<&LocalFile>,
    merged: &Tree,
    was: Host<'_>,
    lost: &mut Vec<Lost>,
) -> bool {
    let Some(before) = before else { return true };
    let laid_out = base.and_then(|base| for_host(&as_files(base), was).ok());
    let is_ours = laid_out.is_some_and(|files| files.get(AGENTS_COPY) == Some(&before.bytes));
    if is_ours {
        return true;
    }
    if after.is_none() {
        return false;
    }
    if merged.get(AGENTS).is_none_or(|source| source.bytes != before.bytes) {
        lost.push(Lost { path: AGENTS_COPY.to_owned(), side: "ours", bytes: before.bytes.clone() });
    }
    true
}

/// What the registry has and this program may touch here, and why it may not touch the rest.
pub(super) fn in_scope(tree: &Tree, local: &LocalProfile, memories: bool) -> Tree {
    let may = |path: &str| {
        classify(path).is_ok_and(|allowed| allowed.by_default || memories) && local.blocked(path).is_none()
    };
    tree.iter().filter(|(path, _)| may(path)).map(|(path, file)| (path.clone(), file.clone())).collect()
}

/// A file as it stands here, as the registry would have it.
pub(super) fn with_bits(files: profile_store::template::Files, local: &LocalProfile) -> Tree {
    let bit = |path: &str| local.files.get(path).is_some_and(|file| file.executable);
    files.into_iter().map(|(path, bytes)| (path.clone(), File { bytes, executable: bit(&path) })).collect()
}
