//! Who moves main next, among all threads and processes that use this crate.
//!
//! The lock keeps writers from losing races against each other; correctness does not hang on it. Stock git does not know
//! it, so main moves by compare-and-swap all the same. The kernel drops it with the process that held it, and what such a
//! process leaves behind is git's own lock file, which nobody else would ever remove: the file here says what its holder
//! was about to do, so that the next one can tell.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
};

use git2::Oid;

use super::{MAIN, Store};
use crate::StoreError;

pub(super) struct Writer {
    file: File,
}

impl Writer {
    /// Waits for its turn.
    pub(super) fn lock(store: &Store) -> Result<Self, StoreError> {
        let path = store.root.join("writer.lock");
        let failed = || StoreError::io(format!("lock {}", path.display()));
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed())?;
        file.lock().map_err(failed())?;
        let mut writer = Self { file };
        writer.clean_up(store).map_err(failed())?;
        Ok(writer)
    }

    /// Says that main is about to be moved to `to`.
    pub(super) fn announce(&mut self, to: Oid) -> Result<(), StoreError> {
        self.write(&to.to_string()).map_err(StoreError::io("write writer.lock"))
    }

    /// Says that nothing is under way.
    pub(super) fn done(&mut self) -> Result<(), StoreError> {
        self.write("").map_err(StoreError::io("write writer.lock"))
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }

    /// Removes git's lock on main where the last writer died holding it: it holds (a part of) what that one announced.
    fn clean_up(&mut self, store: &Store) -> std::io::Result<()> {
        let mut announced = String::new();
        self.file.read_to_string(&mut announced)?;
        if announced.is_empty() {
            return Ok(());
        }
        let path = store.git_dir().join(format!("{MAIN}.lock"));
        let is_its = fs::read(&path)
            .is_ok_and(|held| !held.is_empty() && format!("{announced}\n").as_bytes().starts_with(&held));
        if is_its {
            tracing::warn!(path = %path.display(), "removed the lock of a writer that died");
            fs::remove_file(&path)?;
        }
        self.write("")
    }
}
