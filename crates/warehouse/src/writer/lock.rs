//! The lock that makes one process the writer.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::WarehouseError;

/// Holds `writer.lock` as long as it lives; the kernel releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// `Locked` if another process (or another writer in this one) holds it.
    pub(crate) fn acquire(path: &Path) -> Result<Self, WarehouseError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(WarehouseError::Locked { file: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
