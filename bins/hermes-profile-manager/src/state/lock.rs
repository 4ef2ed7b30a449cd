//! One run at a time.

use std::{fs, io, path::Path, time::Duration};

use rustix::{
    fs::{FlockOperation, Mode, OFlags, flock},
    io::Errno,
};

use super::State;
use crate::{
    disk::{Disk, Folder, Meta},
    failure::Failure,
    home::Home,
};

/// How long another run may take before this one gives up.
const WAIT: Duration = Duration::from_secs(20);
const EVERY: Duration = Duration::from_millis(50);
/// The folder of what has no name yet, where profiles are on another file system than the state.
const BESIDE_PROFILES: &str = ".hermes-profile-manager";

/// The right to write, as long as it is held.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(super) disk: Disk,
    pub(super) state: Folder,
    pub(super) scratch: Folder,
    profiles: Folder,
    profiles_scratch: Folder,
    _lock: rustix::fd::OwnedFd,
}

impl Locked {
    /// Waits for other runs to end, and clears up after those that were killed.
    ///
    /// # Errors
    /// Where another run does not end, or the folder cannot be made.
    pub(crate) async fn acquire(home: &Home, state: &State, disk: Disk) -> Result<Self, Failure> {
        make(home.path()).map_err(|error| Failure::io("make", home.path(), &error))?;
        let failed = |error: io::Error| Failure::io("use", state.path(), &error);
        let hermes = Folder::open(home.path()).map_err(failed)?;
        let folder = hermes.make_folder(State::NAME).map_err(failed)?;
        let profiles_path = home.path().join("profiles");
        if home.profiles()?.is_none() {
            hermes.make_folder("profiles").map_err(failed)?;
        }
        rustix::fs::fchmod(&folder, Mode::RWXU).map_err(|error| failed(error.into()))?;
        let lock = wait_for_lock(&folder, state.path()).await?;
        let scratch = folder.make_folder("tmp").map_err(failed)?;
        let profiles = Folder::open(&profiles_path).map_err(|error| Failure::io("open", &profiles_path, &error))?;
        let device = |folder: &Folder| folder.own_stat().map(|stat| stat.st_dev);
        let same = device(&folder).map_err(failed)? == device(&profiles).map_err(failed)?;
        let profiles_scratch = if same { folder.make_folder("tmp") } else { profiles.make_folder(BESIDE_PROFILES) };
        let profiles_scratch = profiles_scratch.map_err(failed)?;
        for scratch in [&scratch, &profiles_scratch] {
            clear(scratch.path()).map_err(|error| Failure::io("clear", scratch.path(), &error))?;
        }
        Ok(Self { disk, state: folder, scratch, profiles, profiles_scratch, _lock: lock })
    }

    /// The way to the disk.
    pub(crate) fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The folder of all profiles.
    pub(crate) fn profiles(&self) -> &Folder {
        &self.profiles
    }

    /// A folder on the profiles' file system for what has no name yet.
    pub(crate) fn profiles_scratch(&self) -> &Folder {
        &self.profiles_scratch
    }

    /// Writes a file of a profile: old or new, never in between, and on the disk when this returns.
    ///
    /// # Errors
    /// As the system says; then the file is what it was.
    pub(crate) fn write(&self, profile: &Folder, path: &str, bytes: &[u8], meta: Meta) -> Result<(), Failure> {
        let written = self.disk.write(&self.profiles_scratch, profile, path, bytes, meta);
        written.map_err(|error| Failure::io("write", profile.path().join(path), &error))
    }

    /// Takes a file of a profile away.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn remove(&self, profile: &Folder, path: &str) -> Result<(), Failure> {
        let removed = self.disk.remove(profile, path);
        removed.map_err(|error| Failure::io("remove", profile.path().join(path), &error))
    }

    /// Writes a file of the state.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.disk.write(&self.scratch, &self.state, path, bytes, Meta::Private);
        written.map_err(|error| Failure::io("write", self.state.path().join(path), &error))
    }

    /// Takes a file of the state away.
    pub(super) fn drop(&self, path: &str) -> Result<(), Failure> {
        let Some((parent, name)) = self.parent(path)? else { return Ok(()) };
        match parent.stat(name) {
            Ok(None) => Ok(()),
            _ => {
                self.disk.remove(&parent, name).map_err(|error| Failure::io("remove", parent.path().join(name), &error))
            }
        }
    }

    fn parent<'a>(&self, path: &'a str) -> Result<Option<(Folder, &'a str)>, Failure> {
        self.state.parent_of(path).map_err(|error| Failure::io("open", self.state.path().join(path), &error))
    }
}

/// For the user alone, unless it is there.
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

async fn wait_for_lock(folder: &Folder, path: &Path) -> Result<rustix::fd::OwnedFd, Failure> {
    let failed = |error: Errno| Failure::io("lock", path.join("lock"), &error.into());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, "lock", flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
    let until = tokio::time::Instant::now() + WAIT;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(Errno::WOULDBLOCK | Errno::INTR) if tokio::time::Instant::now() < until => {
                tokio::time::sleep(EVERY).await;
            }
            Err(Errno::WOULDBLOCK) => {
                return Err(Failure::failed("another hermes-profile-manager is at work here: wait until it ends"));
            }
            Err(error) => return Err(failed(error)),
        }
    }
}

/// What a killed run left.
fn clear(scratch: &Path) -> io::Result<()> {
    for entry in fs::read_dir(scratch)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}
