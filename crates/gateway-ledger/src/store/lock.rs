//! One process keeps the books.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write as _,
    path::Path,
};

use crate::LedgerError;

const NAME: &str = "gateway.lock";

/// The lock on the folder; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the lock and writes the process's id into it.
    pub(crate) fn take(folder: &Path) -> Result<Self, LedgerError> {
        let path = folder.join(NAME);
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pid = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
                return Err(LedgerError::Locked { folder: folder.to_owned(), file: path, pid });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // The id only helps people: on a full disk the books are opened without it.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { file })
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing would not do while a child that this process is just starting has the file open as well.
        let _ = self.file.unlock();
    }
}
