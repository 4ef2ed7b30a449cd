//! Taking a backup, while everything goes on.

use std::path::Path;

use anyhow::ensure;
use chrono::{DateTime, Utc};
use daemon_kit::config::BackupConfig;
use serde::Serialize;

use super::{
    intake::Intake,
    moments::{self, Moments},
    parts::{gateway, registry, secrets, warehouse},
    snapshot::{FORMAT, Kind, Snapshot},
    store::{Access, Store},
};

/// What to take.
pub(crate) struct Wanted<'a> {
    pub(crate) config: &'a BackupConfig,
    /// The configuration file, if there is one.
    pub(crate) configuration: Option<&'a Path>,
    pub(crate) folder: &'a Path,
    /// All that there is, where it is empty.
    pub(crate) kinds: &'a [Kind],
    pub(crate) without_secrets: bool,
    pub(crate) host: &'a str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) moments: Moments,
}

/// What was taken.
#[derive(Debug, Serialize)]
pub(crate) struct Created {
    pub(crate) id: String,
    pub(crate) parts: Vec<Kind>,
    /// Kinds of which nothing is on this host.
    pub(crate) nothing_of: Vec<Kind>,
    /// Secrets that the configuration names and that are not on this host.
    pub(crate) absent: Vec<String>,
    /// Bytes of all files.
    pub(crate) bytes: u64,
    /// Bytes that were not in the backups before.
    pub(crate) added_bytes: u64,
}

/// Takes a backup.
///
/// # Errors
/// When something cannot be read, or is not what it must be; the backups that are there stay as they are.
pub(crate) fn create(wanted: &Wanted<'_>) -> anyhow::Result<Created> {
    let store = Store::open(wanted.folder, Access::Change)?;
    let last = store.newest_of(wanted.host)?;
    let mut intake = Intake::new(&store, last, wanted.moments.clone());
    let taken = take(&mut intake, wanted).and_then(|(snapshot, created)| {
        store.settle()?;
        wanted.moments.reached(moments::BEFORE_SNAPSHOT);
        store.add(&snapshot)?;
        Ok(created)
    });
    if let Err(error) = &taken {
        store.clear_tmp()?;
        if is_full(error) {
            intake.give_back();
        }
    }
    let mut created = taken?;
    created.added_bytes = intake.added_bytes;
    Ok(created)
}

fn take(intake: &mut Intake<'_>, wanted: &Wanted<'_>) -> anyhow::Result<(Snapshot, Created)> {
    let config = wanted.config;
    let (mut parts, mut nothing_of, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    for kind in [Kind::Warehouse, Kind::Gateway, Kind::Registry, Kind::Secrets] {
        let is_named = wanted.kinds.contains(&kind);
        if !(is_named || wanted.kinds.is_empty()) || (kind == Kind::Secrets && wanted.without_secrets) {
            continue;
        }
        let part = match kind {
            Kind::Warehouse if is_replica(config)? => {
                ensure!(!is_named, "the warehouse of this host is a replica: back up the host that it is a replica of");
                None
            }
            Kind::Warehouse => warehouse::take(intake, &config.warehouse)?,
            Kind::Gateway => gateway::take(intake, &config.gateway)?,
            Kind::Registry => registry::take(intake, &config.registry)?,
            Kind::Secrets => {
                let taken = secrets::take(intake, config, wanted.configuration)?;
                absent = taken.absent;
                Some(taken.part)
            }
        };
        ensure!(part.is_some() || !is_named, "there is nothing of the {kind} on this host");
        match part {
            Some(part) => parts.push(part),
            None => nothing_of.push(kind),
        }
    }
    ensure!(
        parts.iter().any(|part| part.kind() != Kind::Secrets) || wanted.kinds.contains(&Kind::Secrets),
        "there is nothing to back up in {}, {} and {}",
        config.warehouse.display(),
        config.gateway.display(),
        config.registry.display()
    );
    let snapshot = Snapshot {
        format: FORMAT,
        id: free_id(intake.store, wanted),
        taken_at: wanted.now,
        host: wanted.host.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        parts,
        checksum: String::new(),
    };
    let created = Created {
        id: snapshot.id.clone(),
        parts: snapshot.parts.iter().map(super::snapshot::Part::kind).collect(),
        nothing_of,
        absent,
        bytes: snapshot.bytes(),
        added_bytes: 0,
    };
    Ok((snapshot.signed()?, created))
}

/// A replica lacks what a writer needs to go on, and can be had again from its primary.
fn is_replica(config: &BackupConfig) -> anyhow::Result<bool> {
    let published = config.warehouse.join(::warehouse::layout::PUBLISHED_DIR);
    Ok(::warehouse::read_replica(&published)?.is_some())
}

/// Two of one second have different names, in order.
fn free_id(store: &Store, wanted: &Wanted<'_>) -> String {
    let mut at = wanted.now;
    loop {
        let id = format!("{}-{}", at.format("%Y%m%dT%H%M%SZ"), wanted.host);
        if !store.manifest(&id).exists() {
            return id;
        }
        at += chrono::TimeDelta::seconds(1);
    }
}

fn is_full(error: &anyhow::Error) -> bool {
    let by_io = |error: &std::io::Error| crate::disk_full::is_disk_full(error);
    error.chain().any(|cause| {
        cause.downcast_ref().is_some_and(by_io)
            || matches!(cause.downcast_ref(), Some(sqlite_copy::CopyError::DiskFull(_)))
    })
}
