//! The folder of the backups.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::snapshot::{FORMAT, Snapshot};

/// What a damaged piece is called once it was set aside.
const SET_ASIDE: &str = ".damaged";

/// Pieces and snapshots.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Held as long as this is.
    _lock: Option<File>,
}

/// What others may do with the folder meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing: something is added or removed.
    Change,
    /// Read.
    Read,
}

impl Store {
    /// Opens the folder; makes it to change something.
    ///
    /// # Errors
    /// When somebody else is at it, or it is not there.
    pub(crate) fn open(folder: &Path, access: Access) -> anyhow::Result<Self> {
        match access {
            Access::Change => {
                for folder in [folder.to_owned(), folder.join("objects"), folder.join("snapshots"), folder.join("tmp")]
                {
                    private_folder(&folder)?;
                }
            }
            Access::Read => ensure!(
                folder.join("snapshots").is_dir(),
                "there are no backups in {}, as backup.folder says",
                folder.display()
            ),
        }
        let store = Self { folder: folder.to_owned(), _lock: lock(&folder.join("lock"), access)? };
        if access == Access::Change {
            // Nobody else is here: it is what a killed process left.
            store.clear_tmp()?;
        }
        Ok(store)
    }

    /// Removes what was being made.
    pub(crate) fn clear_tmp(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.tmp())? {
            let path = entry?.path();
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
        Ok(())
    }

    /// Where things are made.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// Where the piece `name` is, or would be.
    pub(crate) fn piece(&self, name: &str) -> PathBuf {
        self.folder.join("objects").join(name.get(..2).unwrap_or("-")).join(name)
    }

    /// The length of a piece; none where it is not there.
    pub(crate) fn length(&self, name: &str) -> Option<u64> {
        fs::metadata(self.piece(name)).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len())
    }

    /// Stores a piece; whether it is new.
    pub(crate) fn put(&self, bytes: &[u8], name: &str) -> io::Result<bool> {
        let path = self.piece(name);
        if self.length(name) == Some(bytes.len() as u64) {
            return Ok(false);
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            fs::DirBuilder::new().mode(0o700).create(folder)?;
            sync(&self.folder.join("objects"))?;
        }
        self.write(&path, bytes, 0o400)?;
        Ok(true)
    }

    /// The bytes of a piece, proved.
    ///
    /// # Errors
    /// Names the piece and what is wrong with it.
    pub(crate) fn get(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.piece(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => bail!("{} is missing", path.display()),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let found = hex::encode(Sha256::digest(&bytes));
        ensure!(found == name, "{} is damaged: its SHA-256 is {found}", path.display());
        Ok(bytes)
    }

    /// The names of all pieces, and of what was set aside. Whatever else somebody has put there is none of ours.
    pub(crate) fn pieces(&self) -> anyhow::Result<Vec<String>> {
        let is_ours = |name: &String| {
            let digits = name.strip_suffix(SET_ASIDE).unwrap_or(name);
            digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let mut names = Vec::new();
        for folder in self.folders()? {
            for entry in fs::read_dir(folder)? {
                names.extend(entry?.file_name().into_string().ok().filter(is_ours));
            }
        }
        Ok(names)
    }

    fn folders(&self) -> io::Result<Vec<PathBuf>> {
        let entries: Vec<PathBuf> =
            fs::read_dir(self.folder.join("objects"))?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        Ok(entries.into_iter().filter(|path| path.is_dir()).collect())
    }

    /// Removes a piece, or what was set aside of one; its bytes.
    pub(crate) fn remove(&self, name: &str) -> anyhow::Result<u64> {
        let path = self.piece(name);
        let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        fs::remove_file(&path).with_context(|| format!("remove {}", path.display()))?;
        Ok(bytes)
    }

    /// Gets a damaged piece out of the way: the next backup stores it anew, if what it is of is still there.
    pub(crate) fn set_aside(&self, name: &str) -> anyhow::Result<()> {
        let path = self.piece(name);
        let aside = path.with_extension(SET_ASIDE.trim_start_matches('.'));
        match fs::rename(&path, &aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("set {} aside", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// The ids of all snapshots, oldest first.
    pub(crate) fn ids(&self) -> anyhow::Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(self.folder.join("snapshots"))? {
            let name = entry?.file_name().into_string().ok();
            ids.extend(name.and_then(|name| name.strip_suffix(".json").map(str::to_owned)));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The snapshot `id`; without one the newest that can be read.
    pub(crate) fn snapshot(&self, id: Option<&str>) -> anyhow::Result<Snapshot> {
        if let Some(id) = id {
            return self.read(id);
        }
        let ids = self.ids()?;
        let newest = ids.last().with_context(|| format!("there is no backup in {}", self.folder.display()))?;
        self.read(newest)
    }

    /// The newest snapshot of a host that can be read.
    pub(crate) fn newest_of(&self, host: &str) -> anyhow::Result<Option<Snapshot>> {
        let read = self.ids()?.into_iter().rev().filter_map(|id| self.read(&id).ok());
        Ok(read.into_iter().find(|snapshot| snapshot.host == host))
    }

    fn read(&self, id: &str) -> anyhow::Result<Snapshot> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        ensure!(!id.starts_with('.') && id.bytes().all(plain), "{id:?} is no backup");
        let path = self.manifest(id);
        let bytes = fs::read(&path).with_context(|| format!("read the backup {}", path.display()))?;
        let format =
            serde_json::from_slice::<serde_json::Value>(&bytes).ok().and_then(|value| value["format"].as_u64());
        if let Some(newer) = format.filter(|format| *format > u64::from(FORMAT)) {
            bail!("{} has form {newer}, this program knows forms up to {FORMAT}: upgrade it", path.display());
        }
        let snapshot: Snapshot =
            serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", path.display()))?;
        let is_whole = snapshot.is_as_signed()? && snapshot.id == id;
        ensure!(is_whole, "{} is damaged: its checksum is another", path.display());
        Ok(snapshot)
    }

    /// Adds a snapshot: from now on it is there.
    pub(crate) fn add(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(snapshot)?;
        bytes.push(b'\n');
        self.write(&self.manifest(&snapshot.id), &bytes, 0o600)?;
        sync(&self.folder.join("snapshots"))?;
        Ok(())
    }

    /// Forgets a snapshot; its pieces stay.
    pub(crate) fn forget(&self, id: &str) -> anyhow::Result<()> {
        fs::remove_file(self.manifest(id)).with_context(|| format!("remove the backup {id}"))?;
        Ok(sync(&self.folder.join("snapshots"))?)
    }

    /// Makes the names of pieces durable.
    pub(crate) fn settle(&self) -> io::Result<()> {
        self.folders()?.iter().try_for_each(|folder| sync(folder))?;
        sync(&self.folder.join("objects"))
    }

    pub(crate) fn manifest(&self, id: &str) -> PathBuf {
        self.folder.join("snapshots").join(format!("{id}.json"))
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let unfinished = self.tmp().join(path.file_name().unwrap_or_default());
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        })();
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written
    }
}

/// A folder that only this user reads; one that is there keeps its rights.
pub(crate) fn private_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("make {}", folder.display()))
}

pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn lock(path: &Path, access: Access) -> anyhow::Result<Option<File>> {
    let file = match access {
        Access::Change => OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map(Some),
        // On a medium that takes no writes nobody changes anything.
        Access::Read => Ok(File::open(path).ok()),
    };
    let Some(file) = file.with_context(|| format!("open {}", path.display()))? else { return Ok(None) };
    let locked = match access {
        Access::Change => file.try_lock(),
        Access::Read => file.try_lock_shared(),
    };
    match locked {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            bail!("another process is at these backups (it holds {}): try again when it has ended", path.display())
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("lock {}", path.display())),
    }
}
