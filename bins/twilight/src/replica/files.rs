//! Small operations on files that the rest leans on.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write as _},
    path::Path,
};

use anyhow::Context as _;
use daemon_kit::disk::Disk;

use crate::disk_full::is_disk_full;

/// What stays free besides what a copy needs.
const ROOM_LEFT_BYTES: u64 = 16 << 20;

/// Replaces `path` durably: whoever reads it sees the old bytes or the new ones.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(warehouse::layout::UNFINISHED_SUFFIX);
    let write = || {
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(told).with_context(|| format!("write {}", path.display()))
}

/// Puts a copy of `from` at `to`, which has that name only when it is whole.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(warehouse::layout::UNFINISHED_SUFFIX);
    let copied = fs::copy(from, &unfinished).and_then(|_| fs::rename(&unfinished, to));
    copied.map_err(told).with_context(|| format!("copy {} to {}", from.display(), to.display()))
}

/// Says of a full disk that it is one, however the system calls it.
fn told(error: std::io::Error) -> anyhow::Error {
    if is_disk_full(&error) { anyhow::anyhow!("the disk is full: {error}") } else { error.into() }
}

/// Makes `folder` an empty folder.
pub(super) fn empty(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
    .with_context(|| format!("empty {}", folder.display()))
}

/// The names in `folder`; none where it is absent.
pub(super) fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("read {}", folder.display())),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// Length of a file; 0 where there is none.
pub(super) fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Makes sure that `bytes` more fit beside `folder`.
///
/// # Errors
/// Says what is needed and what is free.
pub(super) fn ensure_room(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    let free = Disk::of(folder).with_context(|| format!("ask for the room in {}", folder.display()))?.available;
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    anyhow::ensure!(
        free >= bytes + ROOM_LEFT_BYTES,
        "the disk is full: {} MB are needed below {}, {} MB are free",
        megabytes(bytes + ROOM_LEFT_BYTES),
        folder.display(),
        free / 1_000_000,
    );
    Ok(())
}
