//! Reads a file.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use rusqlite::{Connection, OpenFlags};

use super::{NewApiError, NewApiImport, channels, prices, table::Table, tokens};

/// Reads `file`, through a copy that includes its write-ahead log or journal; the original is not touched. Blocks.
///
/// # Errors
/// [`NewApiError::Unreadable`], [`NewApiError::NotNewApi`].
pub fn read(file: &Path) -> Result<NewApiImport, NewApiError> {
    let unreadable = |detail: String| NewApiError::Unreadable { file: file.to_owned(), detail };
    let copy = Copy::of(file).map_err(|error| unreadable(error.to_string()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let books = Connection::open_with_flags(copy.file(), flags).map_err(|error| unreadable(error.to_string()))?;
    let not_new_api = |detail: String| NewApiError::NotNewApi { file: file.to_owned(), detail };
    let tables = tables(&books).map_err(|error| not_new_api(error.to_string()))?;
    if !tables.contains("channels") {
        return Err(not_new_api("it has no table channels".to_owned()));
    }
    let failed = |error: rusqlite::Error| unreadable(error.to_string());
    let mut import = NewApiImport::default();
    channels::read(&Table::read(&books, "channels").map_err(failed)?, &mut import);
    if tables.contains("options") {
        prices::read(&Table::read(&books, "options").map_err(failed)?, &mut import);
    } else {
        import.notes.push("there is no table options: no prices were taken over".to_owned());
    }
    if tables.contains("tokens") {
        tokens::read(&Table::read(&books, "tokens").map_err(failed)?, &mut import);
    } else {
        import.notes.push("there is no table tokens: no client tokens were taken over".to_owned());
    }
    Ok(import)
}

fn tables(books: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut query = books.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// The database and what belongs to it: its write-ahead log, or the journal that takes an unfinished change back. Not the
/// log's index, which SQLite makes anew.
const ENDINGS: [&str; 3] = ["", "-wal", "-journal"];
/// How often a file is copied that changes meanwhile.
const ATTEMPTS: usize = 5;

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Tells whether somebody wrote between two looks.
fn state(file: &Path) -> io::Result<Vec<Option<(u64, SystemTime)>>> {
    let of = |ending: &&str| match fs::metadata(beside(file, ending)) {
        Ok(found) => Ok(Some((found.len(), found.modified()?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !ending.is_empty() => Ok(None),
        Err(error) => Err(error),
    };
    ENDINGS.iter().map(of).collect()
}

/// A copy in a folder of its own, which only this user can read (the keys in it are in clear) and which goes with it.
struct Copy {
    folder: PathBuf,
}

impl Copy {
    fn of(file: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("twilight-import-{}-{number}", std::process::id()));
        create_private(&folder)?;
        let copy = Self { folder };
        for _ in 0..ATTEMPTS {
            let before = state(file)?;
            copy.take(file)?;
            if state(file)? == before {
                return Ok(copy);
            }
        }
        Err(io::Error::other("it is being written to: stop New-API, or import a copy of the file"))
    }

    fn take(&self, file: &Path) -> io::Result<()> {
        for ending in ENDINGS {
            let to = self.folder.join(format!("copy.db{ending}"));
            match fs::copy(beside(file, ending), &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && !ending.is_empty() => {
                    // Of an earlier attempt.
                    fs::remove_file(&to)
                        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
                }
                copied => {
                    copied?;
                }
            }
        }
        Ok(())
    }

    fn file(&self) -> PathBuf {
        self.folder.join("copy.db")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::error!(%error, folder = %self.folder.display(), "a copy that holds keys could not be removed");
        }
    }
}

fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(folder)
}
