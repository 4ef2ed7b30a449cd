//! Packs what has gathered, while everything goes on.
//!
//! Packing drops no object, whether anything points to it or not: a push in quarantine, or a commit that is being written,
//! may build on any of them. So it is safe beside everything else that works on the repositories, without a lock.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::clock::Clock;
use tokio_util::sync::CancellationToken;

use super::{git_doors::GitDoors, hooks, program::GitProgram, state_folder::open_store, ticket};

const EVERY: Duration = Duration::from_secs(600);
/// Loose objects, about, from which on a repository is packed.
const LOOSE_MAX: usize = 2_000;
/// Packs from which on they are joined.
const PACKS_MAX: usize = 24;
/// What a killed process has left behind is older than this. No run of git may last so long.
const LEFT_OVER: TimeDelta = TimeDelta::days(1);

/// Looks after the repositories until `shutdown`.
pub(crate) async fn keep(doors: GitDoors, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let (git, state, now) = (doors.git.clone(), doors.state.clone(), doors.clock.now());
        let tended = tokio::task::spawn_blocking(move || tend(&git, &state, now, false)).await;
        let result = match tended.map_err(anyhow::Error::from).flatten() {
            Ok(_) => "done",
            Err(error) => {
                tracing::error!("look after the repositories: {error:#}");
                "failed"
            }
        };
        metrics::counter!("registry_git_upkeep_total", "result" => result).increment(1);
    }
}

/// Packs every repository of the registry in the folder `state` now; how many there are. The daemon may run.
///
/// # Errors
/// When git fails; nothing is lost then.
pub fn pack(state: &Path, clock: &Clock) -> anyhow::Result<usize> {
    let store = open_store(state).context("open the repository")?;
    let git_dir = store.git_dir();
    let state = git_dir.parent().context("the repository lies nowhere")?;
    tend(&GitProgram::find(&hooks::folder(state))?, state, clock.now(), true)
}

fn tend(git: &GitProgram, state: &Path, now: DateTime<Utc>, all: bool) -> anyhow::Result<usize> {
    sweep_quarantines(state)?;
    let Some(_lock) = lock(state)? else { return Ok(0) };
    let mut packed = 0;
    for repository in repositories(state)? {
        let objects = repository.join("objects");
        sweep(&objects.join("pack"), |entry| {
            ["tmp_", ".tmp-", "pack_git2_"].iter().any(|start| is_temporary(entry, start, now))
        });
        if all || loose(&objects) > LOOSE_MAX || packs(&objects) > PACKS_MAX {
            repack(git, &repository)?;
            packed += 1;
        }
    }
    Ok(packed)
}

/// Removes what pushes have left in quarantine whose git was killed; unless somebody pushes just now.
pub(super) fn sweep_quarantines(state: &Path) -> anyhow::Result<()> {
    let Some(_nobody) = ticket::while_nobody_pushes(state).context("see whether anybody pushes")? else {
        return Ok(());
    };
    sweep(&state.join(ticket::FOLDER), |_| true);
    for repository in repositories(state)? {
        sweep(&repository.join("objects"), |entry| starts_with(entry, "tmp_objdir-"));
    }
    Ok(())
}

/// One at a time, whichever process.
fn lock(state: &Path) -> anyhow::Result<Option<File>> {
    let path = state.join("upkeep.lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| format!("lock {}", path.display())),
    }
}

/// Main and the views.
fn repositories(state: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = vec![state.join("registry.git")];
    let views = match fs::read_dir(state.join("views")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        views => views.context("list the views")?,
    };
    for view in views {
        let path = view.context("list the views")?.path();
        if path.extension().is_some_and(|extension| extension == "git") && path.join("HEAD").exists() {
            found.push(path);
        }
    }
    Ok(found)
}

fn repack(git: &GitProgram, repository: &Path) -> anyhow::Result<()> {
    let mut command = git.command();
    command.arg("-C").arg(repository).args(["repack", "-d", "-l", "-q", "--geometric=2", "--no-write-bitmap-index"]);
    let output = command.stdin(Stdio::null()).output().context("start git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("pack {}: git ended with {}: {}", repository.display(), output.status, said.trim())
    }
    Ok(())
}

/// As many as one of the 256 folders makes one think.
fn loose(objects: &Path) -> usize {
    fs::read_dir(objects.join("17")).map_or(0, |folder| folder.count() * 256)
}

fn packs(objects: &Path) -> usize {
    let is_pack = |path: PathBuf| path.extension().is_some_and(|extension| extension == "pack");
    fs::read_dir(objects.join("pack"))
        .map_or(0, |folder| folder.flatten().filter(|entry| is_pack(entry.path())).count())
}

/// Removes what has been left behind.
fn sweep(folder: &Path, is_left: impl Fn(&fs::DirEntry) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(is_left) {
        let path = entry.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Ok(()) => tracing::info!("removed {}, which a killed process has left behind", path.display()),
            Err(error) => tracing::warn!("remove {}: {error}", path.display()),
        }
    }
}

fn starts_with(entry: &fs::DirEntry, start: &str) -> bool {
    entry.file_name().to_str().is_some_and(|name| name.starts_with(start))
}

/// What git writes before it renames it; nobody does so for as long.
fn is_temporary(entry: &fs::DirEntry, start: &str, now: DateTime<Utc>) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    let is_old = modified.is_ok_and(|at| now.signed_duration_since(DateTime::<Utc>::from(at)) > LEFT_OVER);
    is_old && starts_with(entry, start)
}

#[cfg(test)]
mod tests {
    use super::{super::ticket::Ticket, *};

    #[test]
    fn only_what_nobody_works_on_is_swept() {
        let state = tempfile::tempdir().unwrap();
        let objects = state.path().join("registry.git/objects");
        for name in ["tmp_objdir-incoming-x", "info", "pack"] {
            fs::create_dir_all(objects.join(name)).unwrap();
            fs::write(objects.join(name).join("tmp_file"), "x").unwrap();
        }
        let there = |name: &str| objects.join(name).join("tmp_file").exists();
        let ticket = Ticket::issue(state.path()).unwrap();
        sweep_quarantines(state.path()).unwrap();
        assert!(there("tmp_objdir-incoming-x"), "somebody pushes");
        drop(ticket);
        sweep_quarantines(state.path()).unwrap();
        assert!(!there("tmp_objdir-incoming-x") && there("info"));
        let now = Clock::system().now();
        let is_left = |now| move |entry: &fs::DirEntry| is_temporary(entry, "tmp_", now);
        sweep(&objects.join("pack"), is_left(now));
        assert!(there("pack"), "somebody packs");
        sweep(&objects.join("pack"), is_left(now + TimeDelta::days(2)));
        assert!(!there("pack") && there("info"));
    }

    #[test]
    fn two_do_not_pack_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        assert!(lock(folder.path()).unwrap().is_none());
        // Another test may just be starting a program, which has it open as well until it is one.
        first.unwrap().unlock().unwrap();
        assert!(lock(folder.path()).unwrap().is_some());
    }
}
