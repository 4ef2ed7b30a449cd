//! The archives of raw responses.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::{Layout, WarehouseError, compact::archive, engine, raw};

const MEMORY_LIMIT_MB: u32 = 512;

/// An archive as it lies there at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawArchive {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub size: u64,
    /// When it was last written to, nanoseconds since 1970.
    pub modified_ns: i128,
    /// Whether the writer is amid something, so that the file is no state of its own just now.
    pub is_being_written: bool,
}

impl RawArchive {
    fn look(path: PathBuf) -> Result<Self, WarehouseError> {
        let metadata = fs::metadata(&path)?;
        Ok(Self {
            size: metadata.len(),
            modified_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
            is_being_written: Layout::wal(&path).exists(),
            path,
        })
    }
}

/// The archives below `root`, by year. They are written to in compactions and bulk loads only, by the writer; a copy of one is
/// whole where it looked the same before and after.
///
/// # Errors
/// `Io`.
pub fn raw_archives(root: &Path) -> Result<Vec<RawArchive>, WarehouseError> {
    let layout = Layout::new(root);
    if !root.exists() {
        return Ok(Vec::new());
    }
    archive::archives(&layout)?.into_iter().map(|year| RawArchive::look(layout.raw_archive(year))).collect()
}

/// Reads every response in the archives below `root`, which nobody may be writing to; what cannot be read, each naming its file.
///
/// # Errors
/// `Io`.
pub fn verify_archives(root: &Path) -> Result<Vec<String>, WarehouseError> {
    let mut problems = Vec::new();
    for archive in raw_archives(root)? {
        problems.extend(read(&archive.path).err().map(|error| error.to_string()));
    }
    Ok(problems)
}

fn read(file: &Path) -> Result<(), WarehouseError> {
    const NAME: &str = "archive";

    let conn = engine::open(None, engine::Limits { memory_mb: MEMORY_LIMIT_MB, threads: 2, temp_dir: Path::new("") })?;
    engine::attach(&conn, file, NAME, true)?;
    let damaged = |error: duckdb::Error| WarehouseError::Damaged { file: file.to_owned(), detail: error.to_string() };
    for table in raw::tables(&conn, NAME)? {
        // Block checksums are only checked when a block is read.
        let sql = format!("SELECT count(*), bit_xor(hash(t)) FROM {NAME}.\"{table}\" t");
        conn.query_row(&sql, [], |_| Ok(())).map_err(damaged)?;
    }
    Ok(())
}
