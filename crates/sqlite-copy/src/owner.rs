//! Whose database a file is.

use rusqlite::Connection;

/// The program that a file belongs to: four letters in its header (`PRAGMA application_id`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(i32);

impl Owner {
    /// The owner that signs with these letters.
    pub const fn new(letters: [u8; 4]) -> Self {
        Self(i32::from_be_bytes(letters))
    }

    pub(crate) fn signed(self, connection: &Connection) -> rusqlite::Result<bool> {
        let found: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        Ok(found == self.0)
    }
}
