//! The folder, and reading in it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    disk::{Folder, Found},
    failure::Failure,
    home::Home,
};

/// More than a profile of 16 MiB takes in base64.
const BYTES_MAX: u64 = 64 << 20;

/// The folder; reading needs no lock.
#[derive(Clone, Debug)]
pub(crate) struct State {
    path: PathBuf,
}

impl State {
    /// What it is called in Hermes's folder.
    pub(super) const NAME: &str = ".profile-manager";

    pub(crate) fn of(home: &Home) -> Self {
        Self { path: home.path().join(Self::NAME) }
    }

    /// Where it is, or would be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// It, held open; `None` where there is none yet.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(crate) fn folder(&self) -> Result<Option<Folder>, Failure> {
        match Folder::open(&self.path) {
            Ok(folder) => Ok(Some(folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::io("open", &self.path, &error)),
        }
    }

    /// The bytes of a file of it; `None` where there is none.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let Some(folder) = self.folder()? else { return Ok(None) };
        match folder.read(path, BYTES_MAX) {
            Ok(Found::File { bytes, .. }) => Ok(Some(bytes)),
            Ok(Found::Missing) => Ok(None),
            Ok(Found::Blocked(why)) => Err(Failure::failed(format!("{} is {why}", self.path.join(path).display()))),
            Err(error) => Err(Failure::io("read", self.path.join(path), &error)),
        }
    }
}
