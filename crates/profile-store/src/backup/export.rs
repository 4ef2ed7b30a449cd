//! Out of the repository.

use std::{io::Write, path::Path};

use git2::{Repository, Sort};

use crate::{
    CommitId, StoreError,
    store::{MAIN, open},
};

/// Where main is, in the store of the folder `root`. Nothing is made or changed.
///
/// # Errors
/// [`StoreError::Git`] where there is no store.
pub fn head(root: &Path) -> Result<CommitId, StoreError> {
    Ok(CommitId(repository(root)?.refname_to_id(MAIN)?))
}

/// Whether `commit` is in the history of `of`.
///
/// # Errors
/// [`StoreError::Git`].
pub fn contains(root: &Path, of: CommitId, commit: CommitId) -> Result<bool, StoreError> {
    let repository = repository(root)?;
    Ok(repository.odb()?.exists(commit.0) && (of == commit || repository.graph_descendant_of(of.0, commit.0)?))
}

/// Writes a pack with `commit` and everything that it needs and `since` has not; how many objects. Zero, and no pack, where
/// there is nothing.
///
/// # Errors
/// [`StoreError::Git`]; [`StoreError::Io`] where `pack` cannot be written to.
pub fn export(
    root: &Path,
    commit: CommitId,
    since: Option<CommitId>,
    pack: &mut dyn Write,
) -> Result<usize, StoreError> {
    let repository = repository(root)?;
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL)?;
    walk.push(commit.0)?;
    if let Some(since) = since {
        walk.hide(since.0)?;
    }
    let mut builder = repository.packbuilder()?;
    builder.set_threads(1);
    builder.insert_walk(&mut walk)?;
    let count = builder.object_count();
    if count == 0 {
        return Ok(0);
    }
    let mut failed = None;
    let built = builder.foreach(|bytes| match pack.write_all(bytes) {
        Ok(()) => true,
        Err(error) => {
            failed = Some(error);
            false
        }
    });
    match failed {
        Some(error) => Err(StoreError::io("write a pack")(error)),
        None => {
            built?;
            Ok(count)
        }
    }
}

fn repository(root: &Path) -> Result<Repository, StoreError> {
    // The settings for libgit2 are about writing.
    if root.join("libgit2.config").exists() {
        return open(&root.join("registry.git"), root);
    }
    Ok(Repository::open_bare(root.join("registry.git"))?)
}
