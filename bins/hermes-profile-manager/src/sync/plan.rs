//! What a synchronisation comes to. Pure: it reads nothing and writes nothing.

use profile_store::{
    allow_list::classify,
    merge::{self, Note},
    template::{Files, Host, HostError, for_host, from_host},
};

pub(crate) use super::layout::Write;
use super::{
    Choices, FileConflict, Tree, as_files,
    layout::{in_scope, with_bits, writes},
    merged::Merges,
};
use crate::{
    client::Change,
    home::{AGENTS_COPY, LocalProfile},
    state::{Lost, Unfinished},
};

const CONFIG: &str = "config.yaml";
const JOBS: &str = "cron/jobs.json";

/// Everything that a plan is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    /// What was last the same here and there; `None` for a profile that was never synchronised here.
    pub(crate) base: Option<&'a Tree>,
    /// What is here.
    pub(crate) local: &'a LocalProfile,
    /// What the registry has.
    pub(crate) theirs: &'a Tree,
    /// This machine, as the files here were laid out for it.
    pub(crate) was: Host<'a>,
    /// This machine, as they shall be laid out.
    pub(crate) now: Host<'a>,
    /// Whether what the agent remembers of its user is replicated.
    pub(crate) memories: bool,
    /// What a person decided.
    pub(crate) choices: &'a Choices,
    /// What a run that did not end decided.
    pub(crate) unfinished: &'a Unfinished,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What is here, as the registry would have it.
    pub(crate) ours: Tree,
    /// The registry's part of what may be touched here.
    pub(crate) theirs: Tree,
    /// The merge of both.
    pub(crate) merged: Tree,
    /// What the registry lacks of it.
    pub(crate) changes: Vec<Change>,
    /// What the files here lack of it.
    pub(crate) writes: Vec<Write>,
    /// What the merges decided by themselves.
    pub(crate) notes: Vec<(String, Note)>,
    /// What lost.
    pub(crate) lost: Vec<Lost>,
    /// What was decided, for the run after a killed one.
    pub(crate) decisions: Unfinished,
    /// Files that are left alone, with the reason.
    pub(crate) skipped: Vec<(String, String)>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Obstacle {
    /// A person has to decide.
    #[error("both sides changed the same")]
    Conflict(Vec<FileConflict>),
    /// The registry has a new version of something that is left alone here.
    #[error("the registry has a new {path}, but here it is {why}: put a plain file in its place, or remove it")]
    InTheWay {
        /// It.
        path: String,
        /// What it is here.
        why: String,
    },
    /// One side has a file where the other has a folder.
    #[error("one side has the file {0}, the other a folder of this name: give one of them another name here")]
    FileAndFolder(String),
    /// Every file is gone: a lost disk rather than a decision.
    #[error("every file of it is gone here: `pull` brings them back (remove the folder first)")]
    AllGone,
    /// A file that cannot be read strictly.
    #[error(transparent)]
    Unreadable(#[from] HostError),
}

/// Makes a plan.
///
/// # Errors
/// [`Obstacle`]; then nothing may be changed.
pub(crate) fn plan(given: &Given<'_>) -> Result<Plan, Obstacle> {
    let Given { local, memories, .. } = *given;
    let scope = |tree: &Tree| in_scope(tree, local, memories);
    let nothing = Tree::new();
    let whole_base = given.base.unwrap_or(&nothing);
    let mut skipped: Vec<(String, String)> = local.blocked.clone().into_iter().collect();
    for (path, file) in given.theirs {
        match (local.blocked(path), classify(path)) {
            (Some(why), _) if whole_base.get(path) != Some(file) => {
                return Err(Obstacle::InTheWay { path: path.clone(), why: why.to_owned() });
            }
            (None, Err(why)) => skipped.push((path.clone(), why.to_string())),
            _ => {}
        }
    }
    let (base, theirs) = (scope(whole_base), scope(given.theirs));
    let ours = ours(given, &base, &theirs)?;
    if ours.is_empty() && !base.is_empty() {
        return Err(Obstacle::AllGone);
    }

    let mut merges = Merges::of(&base, &ours, &theirs, given.choices, given.unfinished);
    if !merges.conflicts.is_empty() {
        return Err(Obstacle::Conflict(merges.conflicts));
    }
    if let Some(path) = file_and_folder(&merges.tree) {
        return Err(Obstacle::FileAndFolder(path.to_owned()));
    }
    let base = given.base.map(|_| &base);
    let writes = writes(base, local, &merges.tree, given.was, given.now, &mut merges.lost)?;
    let changes = changes(&theirs, &merges.tree);
    let Merges { tree: merged, notes, lost, decisions, .. } = merges;
    Ok(Plan { ours, theirs, merged, changes, writes, notes, lost, decisions, skipped })
}

/// A file that other files are in.
fn file_and_folder(tree: &Tree) -> Option<&str> {
    let above =
        |path: &'_ str| path.match_indices('/').find(|(at, _)| tree.contains_key(&path[..*at])).map(|(at, _)| at);
    tree.keys().find_map(|path| above(path).map(|at| &path[..at]))
}

/// What is here without what depends on the machine.
fn ours(given: &Given<'_>, base: &Tree, theirs: &Tree) -> Result<Tree, HostError> {
    let Given { local, was, .. } = *given;
    let is_first = given.base.is_none();
    // What Hermes brought is nobody's edit, unless it takes the place of what was.
    let is_known = |skill: &str| base.keys().any(|path| path.starts_with(&format!("{skill}/")));
    let files = local.files.iter().filter(|(path, _)| local.bundled(path).is_none_or(is_known));
    // A copy that nobody laid out is no edit of the source.
    let files: Files = files
        .filter(|(path, _)| !is_first || *path != AGENTS_COPY)
        .map(|(path, file)| (path.clone(), file.bytes.clone()))
        .collect();
    let committed = as_files(if is_first { theirs } else { base });
    let mut ours = from_host(&files, &committed, was)?;
    // What stands here exactly as the registry's version is laid out is that version: a run that was killed wrote it.
    let theirs = as_files(theirs);
    let laid_out = |host| for_host(&theirs, host).ok().and_then(|files| files.get(CONFIG).cloned());
    if let (Some(config), Some(there)) = (ours.get_mut(CONFIG), theirs.get(CONFIG))
        && [was, given.now].into_iter().any(|host| laid_out(host).as_ref() == files.get(CONFIG))
    {
        config.clone_from(there);
    }
    if let (Some(here), Some(there)) = (ours.get_mut(JOBS), theirs.get(JOBS))
        && merge::same_jobs(here, there)
    {
        here.clone_from(there);
    }
    Ok(with_bits(ours, local))
}

fn changes(theirs: &Tree, merged: &Tree) -> Vec<Change> {
    let put = merged.iter().filter(|(path, file)| theirs.get(*path) != Some(file));
    let put =
        put.map(|(path, file)| Change { path: path.clone(), content: Some((file.bytes.clone(), file.executable)) });
    let gone = theirs.keys().filter(|path| !merged.contains_key(*path));
    put.chain(gone.map(|path| Change { path: path.clone(), content: None })).collect()
}
