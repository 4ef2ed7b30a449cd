//! Reads a file.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rusqlite::{Connection, OpenFlags};

use super::{NewApiError, NewApiImport, channels, prices, table::Table, tokens};

/// Reads `file`, through a copy that includes its write-ahead log; the original is not touched. Blocks.
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

/// A copy in a folder of its own, which only this user can read (the keys in it are in clear) and which goes with it.
struct Copy {
    folder: std::path::PathBuf,
}

impl Copy {
    fn of(file: &Path) -> std::io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("twilight-import-{}-{number}", std::process::id()));
        create_private(&folder)?;
        let copy = Self { folder };
        fs::copy(file, copy.file())?;
        for ending in ["-wal", "-shm"] {
            let mut beside = file.as_os_str().to_owned();
            beside.push(ending);
            if Path::new(&beside).exists() {
                fs::copy(&beside, copy.folder.join(format!("copy.db{ending}")))?;
            }
        }
        Ok(copy)
    }

    fn file(&self) -> std::path::PathBuf {
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

fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(folder)
}
