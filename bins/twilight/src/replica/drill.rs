//! `drill`: restores a copy into a scratch folder, asks it everything that readers ask, and removes it again. A copy that was
//! never restored is a hope.

use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use tokio::time::Instant;
use warehouse::{Drill, layout::Layout};

use super::{
    Options,
    lock::Lock,
    place::Place,
    pull,
    queries::{self, Asked},
    receiver::LOCK,
};

/// How a drill went.
#[derive(Debug, Serialize)]
pub(crate) struct Rehearsed {
    /// Where the copy came from.
    pub(crate) from: String,
    /// The generation that was restored; none if it could not be.
    pub(crate) generation: Option<u64>,
    /// Whether everything was answered as the manifest says.
    pub(crate) passed: bool,
    /// What was wrong.
    pub(crate) problems: Vec<String>,
    /// Bytes that were read back and compared.
    pub(crate) verified_bytes: u64,
    /// Rows that were counted and hashed.
    pub(crate) verified_rows: u64,
    /// How long restoring took, copying and verifying, milliseconds.
    pub(crate) restored_ms: u64,
    /// The query set.
    pub(crate) asked: Vec<Asked>,
    /// How long it all took, milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// Rehearses a restore from `from`, in a folder below `scratch` that is removed in the end, and notes the result in the replica
/// `root`, if it is one.
///
/// # Errors
/// When there is no scratch folder. What is wrong with the copy is in the result.
pub(crate) fn drill(from: Place, root: &Path, scratch: &Path, options: &Options<'_>) -> anyhow::Result<Rehearsed> {
    let begun = Instant::now();
    std::fs::create_dir_all(scratch).with_context(|| format!("create {}", scratch.display()))?;
    let folder = tempfile::Builder::new().prefix("drill-").tempdir_in(scratch).context("make a scratch folder")?;
    let named = from.to_string();
    let mut problems = Vec::new();
    let restored =
        pull::pull(from, folder.path(), options).inspect_err(|error| problems.push(format!("{error:#}"))).ok();
    let restored_ms = begun.elapsed().as_millis() as u64;
    let mut asked = Vec::new();
    if restored.is_some() {
        let published = Layout::new(folder.path()).published();
        asked = queries::ask(&published, &mut problems).unwrap_or_else(|error| {
            problems.push(format!("{error:#}"));
            Vec::new()
        });
    }
    folder.close().context("remove the scratch folder")?;
    let rehearsed = Rehearsed {
        from: named,
        generation: restored.as_ref().map(|outcome| outcome.generation),
        passed: problems.is_empty(),
        problems,
        verified_bytes: restored.as_ref().map_or(0, |outcome| outcome.verified_bytes),
        verified_rows: restored.as_ref().map_or(0, |outcome| outcome.verified_rows),
        restored_ms,
        asked,
        elapsed_ms: begun.elapsed().as_millis() as u64,
    };
    note(root, &rehearsed, options)?;
    Ok(rehearsed)
}

/// Notes it where `status` finds it.
fn note(root: &Path, rehearsed: &Rehearsed, options: &Options<'_>) -> anyhow::Result<()> {
    let layout = Layout::new(root);
    let Some(before) = warehouse::read_replica(&layout.published())? else { return Ok(()) };
    let _lock = Lock::take(&layout.replica().join(LOCK), "a drill that notes its result")
        .context("the drill is over, but its result is not noted")?;
    let drill = Drill {
        at: options.clock.now(),
        generation: rehearsed.generation.unwrap_or_default(),
        passed: rehearsed.passed,
        elapsed_ms: rehearsed.elapsed_ms,
        problems: rehearsed.problems.clone(),
    };
    // A transfer may have ended between the two.
    let latest = warehouse::read_replica(&layout.published())?.unwrap_or(before);
    let noted = warehouse::ReplicaFile { last_drill: Some(drill), ..latest };
    Ok(warehouse::write_replica(&layout.published(), &noted)?)
}
