//! Files on their way into the backup.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use super::{
    moments::{self, Moments},
    snapshot::{Part, Snapshot, StoredFile},
    store::Store,
};
use crate::disk_full::is_disk_full;

/// Bytes of a piece: a multiple of what SQLite and DuckDB write at a time, so that a change in the middle of a file changes
/// the pieces that it touches and no other.
pub(super) const PIECE_BYTES: usize = 1 << 20;

/// Stores files, and knows what the last backup has.
pub(super) struct Intake<'a> {
    pub(super) store: &'a Store,
    pub(super) last: Option<Snapshot>,
    moments: Moments,
    /// Pieces that were not there before, and their bytes.
    added: Vec<String>,
    pub(super) added_bytes: u64,
}

/// How a file can be known to be one that is stored already.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known<'a> {
    /// It must have this hash, as its own manifest says.
    Sha256(&'a str),
    /// It is the same if it was written to at this moment, nanoseconds since 1970, and is as long.
    Modified(i64),
    /// It is read.
    No,
}

impl<'a> Intake<'a> {
    pub(super) fn new(store: &'a Store, last: Option<Snapshot>, moments: Moments) -> Self {
        Self { store, last, moments, added: Vec::new(), added_bytes: 0 }
    }

    /// The part of the last backup, if all its pieces are there.
    pub(super) fn last_part(&self, is_it: impl Fn(&Part) -> bool) -> Option<&Part> {
        self.last.as_ref()?.parts.iter().find(|part| is_it(part))
    }

    /// Stores the file at `from` as `path`.
    ///
    /// # Errors
    /// When it cannot be read or is not what it must be; when the disk of the backups is full.
    pub(super) fn file(&mut self, from: &Path, path: &str, known: Known<'_>) -> anyhow::Result<StoredFile> {
        let modified_ns = match known {
            Known::Modified(at) => Some(at),
            Known::Sha256(_) | Known::No => None,
        };
        let size = std::fs::metadata(from).with_context(|| format!("look at {}", from.display()))?.len();
        if let Some(stored) = self.stored_already(path, size, known) {
            return Ok(StoredFile { path: path.to_owned(), modified_ns, ..stored });
        }
        let mut file = File::open(from).with_context(|| format!("open {}", from.display()))?;
        let mut stored = self.reader(&mut file, path).with_context(|| format!("back up {}", from.display()))?;
        if let Known::Sha256(sha256) = known
            && stored.sha256 != sha256
        {
            bail!("{} is damaged: its SHA-256 is {} instead of {sha256}", from.display(), stored.sha256);
        }
        stored.modified_ns = modified_ns;
        Ok(stored)
    }

    /// Stores what `reader` gives as the file `path`.
    pub(super) fn reader(&mut self, reader: &mut dyn io::Read, path: &str) -> anyhow::Result<StoredFile> {
        let (mut whole, mut size, mut pieces) = (Sha256::new(), 0, Vec::new());
        let mut buffer = Vec::with_capacity(PIECE_BYTES);
        loop {
            buffer.clear();
            (&mut *reader).take(PIECE_BYTES as u64).read_to_end(&mut buffer)?;
            if buffer.is_empty() {
                break;
            }
            whole.update(&buffer);
            size += buffer.len() as u64;
            let name = hex::encode(Sha256::digest(&buffer));
            let is_new = self.store.put(&buffer, &name);
            if is_new.map_err(|error| self.explained(error))? {
                self.added_bytes += buffer.len() as u64;
                self.added.push(name.clone());
                self.moments.reached(moments::PIECE);
            }
            pieces.push(name);
        }
        let sha256 = hex::encode(whole.finalize());
        Ok(StoredFile { path: path.to_owned(), size, sha256, modified_ns: None, pieces })
    }

    /// Takes back what was added, where there is no room for the rest: a full disk may be somebody else's too.
    pub(super) fn give_back(&self) {
        for name in &self.added {
            // What stays is cleared away by the next prune.
            let _ = self.store.remove(name);
        }
    }

    fn explained(&self, error: io::Error) -> anyhow::Error {
        let is_full = is_disk_full(&error);
        let error = anyhow::Error::from(error);
        if is_full { error.context("the disk of the backups is full") } else { error.context("write a piece") }
    }

    fn stored_already(&self, path: &str, size: u64, known: Known<'_>) -> Option<StoredFile> {
        let files: HashMap<&str, &StoredFile> = match known {
            Known::No => return None,
            Known::Sha256(_) => self.last.as_ref()?.files().map(|(_, file)| (file.sha256.as_str(), file)).collect(),
            Known::Modified(_) => self.last.as_ref()?.files().map(|(_, file)| (file.path.as_str(), file)).collect(),
        };
        let found = match known {
            Known::Sha256(sha256) => files.get(sha256).filter(|file| file.size == size),
            Known::Modified(at) => files.get(path).filter(|file| file.size == size && file.modified_ns == Some(at)),
            Known::No => None,
        }?;
        self.is_there(found).then(|| (*found).clone())
    }

    /// Whether all pieces of a file are there, as far as a look without reading tells.
    pub(super) fn is_there(&self, file: &StoredFile) -> bool {
        let lengths: Option<u64> = file.pieces.iter().map(|piece| self.store.length(piece)).sum();
        lengths == Some(file.size)
    }
}
