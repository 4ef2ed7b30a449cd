//! Restoring, onto a host where nothing is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use serde::Serialize;

pub(crate) use super::paths::Map;
use super::{
    document::Document,
    moments::{self, Moments},
    parts::{gateway, secrets},
    paths::Paths,
    seal::Identities,
    snapshot::{Kind, Snapshot},
    staged::{self, Place, Staged, write_private},
    store::{Access, Store},
};

/// What to restore, and to where.
pub(crate) struct Wanted<'a> {
    pub(crate) folder: &'a Path,
    /// The newest where it is none.
    pub(crate) id: Option<&'a str>,
    /// Everything in the backup, where it is empty.
    pub(crate) kinds: &'a [Kind],
    pub(crate) root: &'a Path,
    pub(crate) maps: Vec<Map>,
    pub(crate) identity: Option<&'a Path>,
    pub(crate) without_secrets: bool,
    /// Whether what is left of today's budgets may be spent.
    pub(crate) budgets: Budgets,
    pub(crate) now: DateTime<Utc>,
    pub(crate) moments: Moments,
}

/// What becomes of the budgets of the day of the restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Budgets {
    /// Nothing more of bounded budgets is spent until midnight in Shanghai.
    Closed,
    /// What the backup says is left may be spent: only where nothing was since.
    Open,
}

/// What was restored.
#[derive(Debug, Serialize)]
pub(crate) struct Restored {
    pub(crate) id: String,
    pub(crate) taken_at: DateTime<Utc>,
    /// Kind and place.
    pub(crate) parts: Vec<(Kind, PathBuf)>,
    /// Files with secrets, and the configuration.
    pub(crate) secrets: Vec<PathBuf>,
    /// Whether today's bounded budgets are closed.
    pub(crate) budgets_closed: bool,
}

/// Restores a backup. What an earlier run put into its place stays; whatever else is there makes it fail before anything is done.
///
/// # Errors
/// When something is in the way, a piece is damaged or missing, or the identity is another one.
pub(crate) fn restore(wanted: Wanted<'_>) -> anyhow::Result<Restored> {
    let store = Store::open(wanted.folder, Access::Read)?;
    let snapshot = store.snapshot(wanted.id)?;
    let is_wanted = |kind: Kind| wanted.kinds.is_empty() || wanted.kinds.contains(&kind);
    if let Some(kind) = wanted.kinds.iter().find(|kind| snapshot.part(**kind).is_none()) {
        bail!("the backup {} has no {kind}", snapshot.id);
    }
    let paths = Paths { root: wanted.root.to_owned(), maps: wanted.maps.clone() };
    let document = opened(&store, &snapshot, &wanted, is_wanted(Kind::Secrets))?;
    let secrets: Vec<(PathBuf, Vec<u8>)> =
        document.files.iter().map(|file| Ok((paths.here(&file.path), file.bytes()?))).collect::<anyhow::Result<_>>()?;

    let parts = snapshot.parts.iter().filter(|part| part.kind() != Kind::Secrets && is_wanted(part.kind()));
    let places: Vec<_> = parts.map(|part| (part, paths.here(&part.folder))).collect();
    let mut in_the_way = Vec::new();
    let mut free = Vec::new();
    for (part, to) in &places {
        match staged::look(to, &snapshot.id) {
            Ok(Place::Free) => free.push((*part, to)),
            Ok(Place::Done) => {}
            Err(error) => in_the_way.push(format!("{error:#}")),
        }
    }
    for (path, bytes) in &secrets {
        let is_inside = free.iter().any(|(_, to)| path.starts_with(to));
        if !is_inside && !is_absent_or(path, bytes)? {
            in_the_way.push(format!("{} is there and is another one: nothing is overwritten", path.display()));
        }
    }
    anyhow::ensure!(in_the_way.is_empty(), "{}", in_the_way.join("; "));

    let budgets_closed = wanted.budgets == Budgets::Closed && free.iter().any(|(part, _)| part.kind() == Kind::Gateway);
    let mut staged = Vec::new();
    for (part, to) in free {
        let made = Staged::make(&store, part, to, &snapshot.id, || wanted.moments.reached(moments::STAGING))?;
        if part.kind() == Kind::Gateway && budgets_closed {
            gateway::close_today(made.folder(), wanted.now)?;
        }
        staged.push(made);
    }
    // What lies in a store's folder comes with it: a registry without its identity would make itself another one.
    for (path, bytes) in &secrets {
        if let Some(inside) = staged.iter().find_map(|staged| staged.inside(path)) {
            write_private(&inside, bytes)?;
        }
    }
    wanted.moments.reached(moments::STAGED);
    for part in staged {
        part.place()?;
        wanted.moments.reached(moments::PLACED);
    }
    for (path, bytes) in &secrets {
        if !path.exists() {
            write_private(path, bytes)?;
        }
    }
    Ok(Restored {
        id: snapshot.id.clone(),
        taken_at: snapshot.taken_at,
        parts: places.into_iter().map(|(part, to)| (part.kind(), to)).collect(),
        secrets: secrets.into_iter().map(|(path, _)| path).collect(),
        budgets_closed,
    })
}

/// The secrets, if they are wanted.
fn opened(store: &Store, snapshot: &Snapshot, wanted: &Wanted<'_>, is_wanted: bool) -> anyhow::Result<Document> {
    let part = snapshot.part(Kind::Secrets).filter(|_| is_wanted && !wanted.without_secrets);
    match (part, wanted.identity) {
        (Some(part), Some(identity)) => secrets::open(store, part, &Identities::read(identity)?),
        (Some(_), None) => bail!(
            "the backup holds sealed secrets: give the recovery identity with --identity, or leave them out with \
             --without-secrets"
        ),
        // Without its identity a registry makes itself a new one, and opens nothing.
        (None, _) if !wanted.without_secrets && snapshot.part(Kind::Registry).is_some() && wanted.kinds.is_empty() => {
            bail!("the backup {} has a registry and no secrets: restore it with --without-secrets", snapshot.id)
        }
        (None, _) => Ok(Document::default()),
    }
}

fn is_absent_or(path: &Path, bytes: &[u8]) -> anyhow::Result<bool> {
    match fs::read(path) {
        Ok(found) => Ok(found == bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("look at {}", path.display())),
    }
}
