//! The state file: `alerts.json` in `quality-worker.state`. It is there wholly or not at all, also after a power cut.
//!
//! One process at a time owns the folder. A file that cannot be read is put aside and the book begins anew: then people are
//! told once more what they know, which is better than not at all.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::book::Book;

const FILE: &str = "alerts.json";
const DAMAGED: &str = "alerts.damaged.json";
const LOCK: &str = "lock";
const VERSION: u32 = 1;

/// The owned folder.
#[derive(Debug)]
pub(crate) struct StateFile {
    folder: PathBuf,
    /// The number of the newest book that was saved.
    saved: Mutex<u64>,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    /// Another process owns it.
    #[error("another quality-worker uses {}: give each a `quality-worker.state` of its own", .0.display())]
    Locked(PathBuf),
    /// The file system refused.
    #[error("the folder {}: {error}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// What was found in the folder.
#[derive(Debug)]
pub(crate) enum Found {
    /// The book as it was saved.
    Book(Box<Book>),
    /// Nothing yet.
    Nothing,
    /// Something that cannot be read, and why.
    Damaged(String),
}

#[derive(Deserialize)]
struct Envelope {
    version: u32,
    book: serde_json::Value,
}

#[derive(Serialize)]
struct Sealed<'a> {
    version: u32,
    book: &'a Book,
}

impl StateFile {
    /// Takes the folder, which is created where it is not there, and reads what it holds. What is damaged is put aside.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Found), StateError> {
        let failed = |error| StateError::Io { folder: folder.to_owned(), error };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(folder.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Locked(folder.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let found = read(folder).map_err(failed)?;
        if matches!(found, Found::Damaged(_)) {
            fs::rename(folder.join(FILE), folder.join(DAMAGED)).map_err(failed)?;
        }
        Ok((Self { folder: folder.to_owned(), saved: Mutex::new(0), _lock: lock }, found))
    }

    /// Replaces the book, unless a newer one is there: a save goes on when the job that began it is given up, and then
    /// others do not wait for it. `number` counts the books of this process, from 1.
    pub(crate) fn save(&self, book: &Book, number: u64) -> Result<(), StateError> {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if number <= *saved {
            return Ok(());
        }
        let write = || {
            let text = serde_json::to_vec(&Sealed { version: VERSION, book })?;
            replace(&self.folder, FILE, &text)
        };
        write().map_err(|error| StateError::Io { folder: self.folder.clone(), error })?;
        *saved = number;
        Ok(())
    }
}

/// What the folder holds, without owning it.
pub(crate) fn read(folder: &Path) -> io::Result<Found> {
    let bytes = match fs::read(folder.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    let book = match serde_json::from_slice(&bytes) {
        Ok(Envelope { version: VERSION, book }) => serde_json::from_value(book).map_err(|error| error.to_string()),
        Ok(Envelope { version, .. }) => Err(format!("it has version {version}, this program reads {VERSION}")),
        Err(error) => Err(error.to_string()),
    };
    Ok(book.map_or_else(Found::Damaged, |book| Found::Book(Box::new(book))))
}

/// Whether the folder can be written to.
pub(crate) fn probe(folder: &Path) -> io::Result<()> {
    const PROBE: &str = "probe";
    replace(folder, PROBE, b"")?;
    fs::remove_file(folder.join(PROBE))
}

fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{name}.new"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::book::OpenLog;

    fn book() -> Book {
        let mut book = Book::default();
        book.log_read(OpenLog { generation: 7, ..OpenLog::default() });
        book
    }

    #[test]
    fn a_book_reads_back_and_nobody_else_takes_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("deep/quality");
        let (file, found) = StateFile::open(&state).unwrap();
        assert!(matches!(found, Found::Nothing));
        file.save(&book(), 2).unwrap();
        file.save(&Book::default(), 1).unwrap();
        assert!(matches!(StateFile::open(&state), Err(StateError::Locked(_))));
        drop(file);
        let (_file, found) = StateFile::open(&state).unwrap();
        assert!(matches!(found, Found::Book(found) if *found == book()), "what was saved");
        probe(&state).unwrap();
        let names: Vec<_> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn what_cannot_be_read_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{", r#"{"version":2,"book":{}}"#, r#"{"version":1,"book":{"messages":"many"}}"#] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let (file, found) = StateFile::open(folder.path()).unwrap();
            assert!(matches!(found, Found::Damaged(_)), "{text}");
            assert_eq!(fs::read_to_string(folder.path().join(DAMAGED)).unwrap(), text);
            drop(file);
            assert!(matches!(StateFile::open(folder.path()).unwrap().1, Found::Nothing));
        }
    }

    #[test]
    fn a_folder_that_is_none_is_no_folder_to_write_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(StateFile::open(&file), Err(StateError::Io { .. })));
        probe(&file).unwrap_err();
    }
}
