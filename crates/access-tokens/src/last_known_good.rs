//! The listing on disk, with which a daemon starts when Redis is away.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{Listing, ListingError};

/// A file that holds the latest [`Listing`]. It is replaced as a whole and readable by its owner only.
#[derive(Clone, Debug)]
pub struct LastKnownGood {
    path: PathBuf,
}

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It is not what was written; start without it.
    #[error("the last known tokens in {} are damaged and not used: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: ListingError,
    },
    /// The file system refuses.
    #[error("{what} {}: {error}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

impl LastKnownGood {
    /// At `path`; nothing is read or written yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was kept, `None` where nothing was yet.
    ///
    /// # Errors
    /// [`CacheError`].
    pub fn load(&self) -> Result<Option<Listing>, CacheError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io("read the last known tokens from", error)),
        };
        match Listing::from_bytes(&bytes) {
            Ok(listing) => Ok(Some(listing)),
            Err(problem) => Err(CacheError::Damaged { path: self.path.clone(), problem }),
        }
    }

    /// Replaces what is kept. After a crash the file is the old or the new one, whole.
    ///
    /// # Errors
    /// [`CacheError::Io`].
    pub fn save(&self, listing: &Listing) -> Result<(), CacheError> {
        let bytes = listing.to_bytes().map_err(io::Error::other).map_err(|error| self.io("write", error))?;
        self.write(&bytes).map_err(|error| self.io("keep the known tokens in", error))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder)?;
        }
        let mut unfinished = self.path.clone().into_os_string();
        unfinished.push(".new");
        // Left by a crash; its permissions are not ours to trust.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, &self.path)?;
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn io(&self, what: &'static str, error: io::Error) -> CacheError {
        CacheError::Io { what, path: self.path.clone(), error }
    }
}
