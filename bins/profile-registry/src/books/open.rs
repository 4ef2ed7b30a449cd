//! One connection, one transaction at a time.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{BooksError, schema};

/// The registry's books; a cheap handle.
#[derive(Clone)]
pub struct Books(Arc<Mutex<Connection>>);

impl Books {
    /// Opens the books in `folder`, which must exist; makes them where there are none.
    ///
    /// # Errors
    /// [`BooksError::Unusable`] for a file of something else or of a newer version.
    pub fn open(folder: &Path) -> Result<Self, BooksError> {
        Ok(Self(Arc::new(Mutex::new(schema::open(folder)?))))
    }

    /// Changes the books in one transaction that is on disk when this returns; an error changes nothing.
    ///
    /// # Errors
    /// What `change` returns, or what the file does.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<BooksError> + Send + 'static,
    {
        self.on_thread(move |connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(|error| E::from(BooksError::from(error)))?;
            let result = change(&transaction)?;
            transaction.commit().map_err(|error| E::from(BooksError::from(error)))?;
            Ok(result)
        })
        .await
    }

    /// Reads the books.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn read<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<BooksError> + Send + 'static,
    {
        self.on_thread(move |connection| read(connection)).await
    }

    /// Reads the books on a thread that may block.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub(crate) fn read_now<T, E>(&self, read: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn on_thread<T, E>(&self, work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<BooksError> + Send + 'static,
    {
        let shared = Arc::clone(&self.0);
        let work = move || work(&mut shared.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(BooksError::BrokenOff.into()))
    }
}

impl fmt::Debug for Books {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Books { .. }")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rusqlite::params;
    use tempfile::TempDir;

    use super::*;

    async fn use_proof(books: &Books, digest: u8) -> Result<(), BooksError> {
        books
            .write(move |tx| {
                tx.execute("INSERT INTO used_proof VALUES (?, 'op', 0)", params![[digest; 32]])?;
                Ok(())
            })
            .await
    }

    #[tokio::test]
    async fn what_is_written_is_there_when_they_are_opened_again() {
        let folder = TempDir::new().unwrap();
        use_proof(&Books::open(folder.path()).unwrap(), 7).await.unwrap();
        let books = Books::open(folder.path()).unwrap();
        let taken = use_proof(&books, 7).await.unwrap_err();
        assert!(matches!(&taken, BooksError::Taken(what) if what == "used_proof.sha256"), "{taken:?}");
        let mode = std::fs::metadata(folder.path().join(schema::FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[tokio::test]
    async fn an_error_changes_nothing() {
        let folder = TempDir::new().unwrap();
        let books = Books::open(folder.path()).unwrap();
        let failed: Result<(), BooksError> = books
            .write(|tx| {
                tx.execute("INSERT INTO used_proof VALUES (?, 'op', 0)", params![[1_u8; 32]])?;
                Err(BooksError::Taken("something else".to_owned()))
            })
            .await;
        assert!(failed.is_err());
        let count = |connection: &Connection| {
            Ok::<i64, BooksError>(connection.query_row("SELECT count(*) FROM used_proof", [], |row| row.get(0))?)
        };
        assert_eq!(books.read(count).await.unwrap(), 0);
        let died: Result<(), BooksError> = books.write(|_| panic!("a bug")).await;
        assert!(matches!(died, Err(BooksError::BrokenOff)));
        use_proof(&books, 1).await.unwrap();
    }

    #[test]
    fn a_file_of_something_else_or_of_the_future_is_left_as_it_is() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join(schema::FILE);
        Connection::open(&file).unwrap().execute_batch("CREATE TABLE guests (name TEXT)").unwrap();
        let before = std::fs::read(&file).unwrap();
        let error = Books::open(folder.path()).unwrap_err();
        assert!(error.to_string().ends_with("it is a database of something else"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), before);

        let folder = TempDir::new().unwrap();
        drop(Books::open(folder.path()).unwrap());
        let connection = Connection::open(folder.path().join(schema::FILE)).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = Books::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("it has version 99"), "{error}");
        std::fs::write(folder.path().join(schema::FILE), b"no database at all, but longer than a header of one")
            .unwrap();
        assert!(matches!(Books::open(folder.path()), Err(BooksError::Unusable { .. })));
    }
}
