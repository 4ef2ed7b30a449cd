//! Copies the closed tail.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::PublishOptions;
use crate::{Layout, WarehouseError, durable, engine};

const CHUNK_BYTES: usize = 1 << 20;

/// Makes sure that everything committed lies in the tail itself and not in a write-ahead log beside it: a copy without its
/// log would be an older state, and nothing would say so.
pub(super) fn settle(layout: &Layout, options: PublishOptions) -> Result<(), WarehouseError> {
    let tail = layout.tail();
    let wal = Layout::wal(&tail);
    if wal.exists() {
        let temp_dir = layout.temp_dir();
        let limits =
            engine::Limits { memory_mb: options.memory_limit_mb, threads: options.threads, temp_dir: &temp_dir };
        let conn = engine::open(Some(&tail), limits)?;
        conn.execute_batch("CHECKPOINT")?;
        conn.close().map_err(|(_, error)| error)?;
    }
    if wal.exists() {
        return Err(WarehouseError::Unavailable(format!("{} is still there after a checkpoint", wal.display())));
    }
    Ok(())
}

/// Copies `from` to `to` durably and returns length and SHA-256. Calls `halfway` once in the middle. `to` appears under its
/// name only when it is whole.
pub(super) fn copy(from: &Path, to: &Path, halfway: &mut dyn FnMut()) -> Result<(u64, String), WarehouseError> {
    let unfinished = Layout::unfinished(to);
    // Where the file system shares blocks between copies, a copy takes no time and no room.
    let described = if reflink_copy::reflink(from, &unfinished).is_ok() {
        halfway();
        File::open(&unfinished)?.sync_all()?;
        durable::sha256_file(&unfinished)?
    } else {
        copy_bytes(from, &unfinished, halfway)?
    };
    durable::rename(&unfinished, to)?;
    Ok(described)
}

fn copy_bytes(from: &Path, to: &Path, halfway: &mut dyn FnMut()) -> Result<(u64, String), WarehouseError> {
    let mut source = File::open(from)?;
    let len = source.metadata()?.len();
    let mut target = File::create(to)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let (mut copied, mut halfway) = (0, Some(halfway));
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        target.write_all(&buffer[..read])?;
        sha.update(&buffer[..read]);
        copied += read as u64;
        if copied * 2 >= len
            && let Some(halfway) = halfway.take()
        {
            halfway();
        }
    }
    target.sync_all()?;
    if copied != len {
        return Err(WarehouseError::Other(format!("{} changed while it was copied", from.display())));
    }
    Ok((copied, hex::encode(sha.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_the_bytes_and_their_hash_and_is_observed_once() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a"), dir.path().join("b"));
        for len in [0, 1, CHUNK_BYTES - 1, 3 * CHUNK_BYTES + 7] {
            let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            std::fs::write(&from, &bytes).unwrap();
            let mut seen = 0;
            let (size, sha256) = copy(&from, &to, &mut || seen += 1).unwrap();
            assert_eq!((size, std::fs::read(&to).unwrap()), (len as u64, bytes));
            assert_eq!(durable::sha256_file(&to).unwrap(), (size, sha256));
            assert_eq!(seen, usize::from(len > 0), "{len}");
        }
    }
}
