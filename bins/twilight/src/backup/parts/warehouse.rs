//! The warehouse: the published generation, which never changes, and the archives of raw responses beside it.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail, ensure};
use warehouse::{Layout, RawArchive, layout, raw_archives};

use super::super::{
    intake::{Intake, Known},
    snapshot::{About, Part, StoredFile},
};

/// The writer is amid something with an archive: how long, and how often, it is waited for.
const PAUSE: Duration = Duration::from_millis(500);
const PATIENCE: u32 = 240;

/// Stores the current generation and the archives; nothing where nothing is published. Publishing and ingesting go on.
pub(in crate::backup) fn take(intake: &mut Intake<'_>, root: &Path) -> anyhow::Result<Option<Part>> {
    let layout = Layout::new(root);
    let published = layout.published();
    // Until the end of this function it is not removed. The archives after it: see `warehouse::complete_restored`.
    let Some(held) = warehouse::hold_current(&published)? else { return Ok(None) };
    let manifest = &held.manifest;
    let in_published = |name: &str| format!("{}/{name}", layout::PUBLISHED_DIR);
    let mut files = Vec::new();
    if let Some(base) = &manifest.base {
        let file = layout.base_manifest(base.number);
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(intake.file(&file, &name, Known::No)?);
    }
    for file in manifest.files() {
        let (from, known) = (published.join(&file.name), Known::Sha256(&file.sha256));
        files.push(intake.file(&from, &in_published(&file.name), known)?);
    }
    let name = layout::manifest_file(manifest.generation);
    files.push(intake.file(&published.join(&name), &in_published(&name), Known::No)?);
    for archive in raw_archives(root)? {
        files.push(settled(intake, root, &archive.path)?);
    }
    let about = About::Warehouse { generation: manifest.generation, logical_hash: manifest.logical_hash.clone() };
    Ok(Some(Part { folder: root.to_owned(), files, about }))
}

/// Stores an archive as it is when nobody writes to it: what it looked like before is what it looks like afterwards.
fn settled(intake: &mut Intake<'_>, root: &Path, path: &Path) -> anyhow::Result<StoredFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for attempt in 0..PATIENCE {
        if attempt > 0 {
            pause();
        }
        let before = look(root, path)?;
        if before.is_being_written {
            continue;
        }
        let modified = i64::try_from(before.modified_ns).context("read the time of an archive")?;
        let stored = intake.file(path, &name, Known::Modified(modified))?;
        if look(root, path)? == before {
            ensure!(stored.size == before.size, "{} is not as long as it was", path.display());
            return Ok(stored);
        }
    }
    bail!("{} is written to without a pause: try again when the ingest worker has compacted", path.display())
}

fn look(root: &Path, path: &Path) -> anyhow::Result<RawArchive> {
    let found = raw_archives(root)?.into_iter().find(|archive| archive.path == path);
    found.with_context(|| format!("{} has gone", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "another process's file: there is nothing to wait on but time")]
fn pause() {
    std::thread::sleep(PAUSE);
}

/// Makes a warehouse of the files in `folder`, and proves it.
pub(in crate::backup) fn complete(folder: &Path, about: &About) -> anyhow::Result<()> {
    let About::Warehouse { generation, logical_hash } = about else { bail!("no warehouse") };
    warehouse::complete_restored(folder, *generation)?;
    let report = warehouse::verify(&Layout::new(folder).published(), Some(*generation))?;
    let mut problems = report.problems;
    problems.extend(warehouse::verify_archives(folder)?);
    if report.manifest.logical_hash != *logical_hash {
        problems.push(format!("its logical hash is {}, it was {logical_hash}", report.manifest.logical_hash));
    }
    ensure!(problems.is_empty(), "{}", problems.join("; "));
    Ok(())
}
