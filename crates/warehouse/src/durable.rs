//! Files that are either wholly there or not at all, also after a power cut.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Layout, WarehouseError};

const READ_BYTES: usize = 1 << 20;

/// Writes `bytes` to `path`: a temporary name, fsync, rename, fsync of the folder.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), WarehouseError> {
    let unfinished = Layout::unfinished(path);
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    rename(&unfinished, path)
}

/// [`write_bytes`] of indented JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WarehouseError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    write_bytes(path, &bytes)
}

/// Renames and makes the rename durable.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), WarehouseError> {
    std::fs::rename(from, to)?;
    sync_folder_of(to)
}

/// Makes renames, links and removals beside `path` durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), WarehouseError> {
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Length and SHA-256 (lower-case hex) of a file.
pub(crate) fn sha256_file(path: &Path) -> Result<(u64, String), WarehouseError> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((size, hex::encode(sha.finalize())));
        }
        sha.update(&buffer[..read]);
        size += read as u64;
    }
}
