//! Proof that a backup can be restored: every piece is what its name says, and what they make opens.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Context as _;
use serde::Serialize;

use super::{
    parts::secrets,
    seal::Identities,
    snapshot::{Kind, Snapshot},
    staged,
    store::{Access, Store},
};

/// What to prove.
pub(crate) struct Wanted<'a> {
    pub(crate) folder: &'a Path,
    /// The newest where it is none.
    pub(crate) id: Option<&'a str>,
    pub(crate) all: bool,
    /// Compare hashes only.
    pub(crate) quick: bool,
    /// Opens the secrets too.
    pub(crate) identity: Option<&'a Path>,
    /// Where stores are made to be opened.
    pub(crate) scratch: Option<&'a Path>,
    pub(crate) set_aside: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    pub(crate) backups: Vec<String>,
    pub(crate) pieces: usize,
    pub(crate) bytes: u64,
    /// Each names its file; none, and everything can be restored.
    pub(crate) problems: Vec<String>,
    /// Whether stores were made and opened.
    pub(crate) opened: bool,
}

/// Verifies a backup, or all.
///
/// # Errors
/// When it cannot be looked at. What is wrong with it is in the answer.
pub(crate) fn verify(wanted: &Wanted<'_>) -> anyhow::Result<Verified> {
    let store = Store::open(wanted.folder, if wanted.set_aside { Access::Change } else { Access::Read })?;
    let mut found = Verified { backups: Vec::new(), pieces: 0, bytes: 0, problems: Vec::new(), opened: !wanted.quick };
    let identities = wanted.identity.map(Identities::read).transpose()?;
    let mut snapshots = Vec::new();
    let ids =
        if wanted.all { store.ids()?.into_iter().map(Some).collect() } else { vec![wanted.id.map(str::to_owned)] };
    for id in ids {
        match store.snapshot(id.as_deref()) {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(error) if wanted.all => found.problems.push(format!("{error:#}")),
            Err(error) => return Err(error),
        }
    }
    let damaged = pieces(&store, &snapshots, &mut found);
    for snapshot in &snapshots {
        found.backups.push(snapshot.id.clone());
        if !wanted.quick {
            open(&store, snapshot, &damaged, wanted, &mut found)?;
        }
        if let (Some(part), Some(identities)) = (snapshot.part(Kind::Secrets), &identities)
            && let Err(error) = secrets::open(&store, part, identities)
        {
            found.problems.push(format!("{}: {error:#}", snapshot.id));
        }
    }
    if wanted.set_aside {
        damaged.iter().try_for_each(|piece| store.set_aside(piece))?;
    }
    Ok(found)
}

/// Reads every piece once; the damaged ones.
fn pieces(store: &Store, snapshots: &[Snapshot], found: &mut Verified) -> BTreeSet<String> {
    let mut of: BTreeMap<&str, String> = BTreeMap::new();
    for snapshot in snapshots {
        for (part, file) in snapshot.files() {
            for piece in &file.pieces {
                of.entry(piece).or_insert_with(|| format!("{} {} of {}", part.kind(), file.path, snapshot.id));
            }
        }
    }
    let mut damaged = BTreeSet::new();
    for (piece, of) in of {
        found.pieces += 1;
        match store.get(piece) {
            Ok(bytes) => found.bytes += bytes.len() as u64,
            Err(error) => {
                found.problems.push(format!("{error:#}; it is a piece of {of}"));
                damaged.insert(piece.to_owned());
            }
        }
    }
    damaged
}

/// Makes every store of a backup and opens it. What has a damaged piece is known to be damaged.
fn open(
    store: &Store,
    snapshot: &Snapshot,
    damaged: &BTreeSet<String>,
    wanted: &Wanted<'_>,
    found: &mut Verified,
) -> anyhow::Result<()> {
    let scratch = wanted.scratch.map_or_else(|| store.tmp(), Path::to_owned);
    for part in snapshot.parts.iter().filter(|part| part.kind() != Kind::Secrets) {
        if part.files.iter().flat_map(|file| &file.pieces).any(|piece| damaged.contains(piece)) {
            continue;
        }
        let folder = tempfile::Builder::new().prefix("verify-").tempdir_in(&scratch);
        let folder = folder.with_context(|| format!("make a scratch folder in {}", scratch.display()))?;
        if let Err(error) = staged::make(store, part, folder.path(), || ()) {
            found.problems.push(format!("{}: {error:#}", snapshot.id));
        }
    }
    Ok(())
}
