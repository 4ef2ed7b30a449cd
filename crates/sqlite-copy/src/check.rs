//! Proof that a file is whole.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::{CopyError, Owner};

/// So many complaints are enough.
const COMPLAINTS: usize = 5;

/// A file that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The version of its tables (`PRAGMA user_version`).
    pub version: u32,
    /// Its pages.
    pub pages: u64,
}

/// Reads all of a file that nobody writes to: every page, every index against its table, every reference. Writes nothing,
/// not even beside it.
///
/// # Errors
/// [`CopyError::Damaged`] with what is wrong, [`CopyError::Another`], [`CopyError::Absent`].
pub fn check(file: &Path, owner: Owner) -> Result<Checked, CopyError> {
    let failed = CopyError::of(file);
    let length = std::fs::metadata(file).map_err(CopyError::io(file))?.len();
    let connection = immutable(file)?;
    if !owner.signed(&connection).map_err(&failed)? {
        return Err(CopyError::Another(file.to_owned()));
    }
    let damaged = |detail: String| CopyError::Damaged { file: file.to_owned(), detail };
    let (pages, page_bytes): (u64, u64) = connection
        .query_row("SELECT page_count, page_size FROM pragma_page_count, pragma_page_size", [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
        })
        .map_err(&failed)?;
    if pages * page_bytes != length {
        return Err(damaged(format!("it has {length} bytes and says {}", pages * page_bytes)));
    }
    let mut statement = connection.prepare("PRAGMA integrity_check").map_err(&failed)?;
    let told = statement.query_map([], |row| row.get::<_, String>(0)).map_err(&failed)?;
    let told: Vec<String> = told.take(COMPLAINTS).collect::<Result<_, _>>().map_err(&failed)?;
    if told != ["ok"] {
        return Err(damaged(told.join("; ")));
    }
    let orphans: i64 =
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).map_err(&failed)?;
    if orphans > 0 {
        return Err(damaged(format!("{orphans} rows refer to rows that are not there")));
    }
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(&failed)?;
    Ok(Checked { version, pages })
}

fn immutable(file: &Path) -> Result<Connection, CopyError> {
    let mut path = String::new();
    for byte in std::path::absolute(file).map_err(CopyError::io(file))?.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => path.push(char::from(*byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{path}?immutable=1"), flags).map_err(CopyError::of(file))
}
