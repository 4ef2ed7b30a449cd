//! Writing: a file is old or new, never in between, and what was written is on the disk.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
};

use rustix::{
    fs::{self, AtFlags, Gid, Mode, OFlags, Stat, Uid},
    io::Errno,
};

use super::Folder;
use crate::steps::Steps;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    /// As the file that it takes the place of; the user alone where there is none. Whether it may be run.
    Keep {
        /// Whether its owner may run it.
        executable: bool,
    },
    /// The user alone: 0600.
    Private,
}

/// The way to the disk. A clone counts the same steps.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    steps: Steps,
}

/// What a file is called before it has its name. It begins with a dot, so that no walk takes it for a part of a profile.
const TEMPORARY: &str = ".hermes-profile-manager.tmp";

impl Disk {
    pub(crate) fn new(steps: Steps) -> Self {
        Self { steps }
    }

    /// A step that is not a write of its own is about to be taken.
    pub(crate) fn step(&self) {
        self.steps.next();
    }

    /// Puts a file in a folder, made in `scratch`, which has to be on the same file system.
    ///
    /// # Errors
    /// As the system says; then the file is what it was.
    pub(crate) fn write(
        &self,
        scratch: &Folder,
        folder: &Folder,
        path: &str,
        bytes: &[u8],
        meta: Meta,
    ) -> io::Result<()> {
        let (parent, name) = folder.make_parent_of(path)?;
        let (mode, owner) = self.look(&parent, name, meta)?;
        self.steps.next();
        let written = self.fill(scratch, bytes, mode, owner).and_then(|()| {
            self.steps.next();
            fs::renameat(scratch.as_fd(), TEMPORARY, parent.as_fd(), name).map_err(|error| match error {
                Errno::XDEV => io::Error::other("it is on another file system than the folder it is made in"),
                error => error.into(),
            })
        });
        if written.is_err() {
            // What is left of it is overwritten by the next write.
            let _ = fs::unlinkat(scratch.as_fd(), TEMPORARY, AtFlags::empty());
            return written;
        }
        self.steps.next();
        parent.sync()
    }

    /// Takes a file away, and folders that are empty without it.
    ///
    /// # Errors
    /// As the system says; a file that is not there is no error.
    pub(crate) fn remove(&self, folder: &Folder, path: &str) -> io::Result<()> {
        let Some((parent, name)) = folder.parent_of(path)? else { return Ok(()) };
        self.steps.next();
        match fs::unlinkat(parent.as_fd(), name, AtFlags::empty()) {
            Ok(()) => parent.sync()?,
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let mut above = path;
        while let Some((folders, _)) = above.rsplit_once('/') {
            let Some((parent, name)) = folder.parent_of(folders)? else { break };
            // One that is not empty says so.
            if fs::unlinkat(parent.as_fd(), name, AtFlags::REMOVEDIR).is_err() {
                break;
            }
            above = folders;
        }
        Ok(())
    }

    /// Gives a folder its name: from `scratch` into `folder`, where nothing of that name may be.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn publish(&self, scratch: &Folder, from: &str, folder: &Folder, name: &str) -> io::Result<()> {
        self.steps.next();
        fs::renameat(scratch.as_fd(), from, folder.as_fd(), name)?;
        self.steps.next();
        folder.sync()
    }

    fn look(&self, parent: &Folder, name: &str, meta: Meta) -> io::Result<(Mode, Stat)> {
        let old = parent.stat(name)?;
        let mode = match (meta, &old) {
            (Meta::Private, _) => Mode::RUSR | Mode::WUSR,
            (Meta::Keep { executable }, old) => {
                let old = old.as_ref().map_or(Mode::RUSR | Mode::WUSR, |old| Mode::from_raw_mode(old.st_mode & 0o777));
                // Whoever may read it may run it.
                let readers = Mode::from_raw_mode((old.as_raw_mode() & 0o444) >> 2);
                let all = Mode::XUSR | Mode::XGRP | Mode::XOTH;
                if executable { (old - all) | readers } else { old - all }
            }
        };
        // What root writes for a user shall be the user's.
        let owner = match old {
            Some(old) => old,
            None => parent.own_stat()?,
        };
        Ok((mode, owner))
    }

    fn fill(&self, scratch: &Folder, bytes: &[u8], mode: Mode, owner: Stat) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let make = || fs::openat(scratch.as_fd(), TEMPORARY, flags, Mode::RUSR | Mode::WUSR);
        let fd = match make() {
            Err(Errno::EXIST) => {
                fs::unlinkat(scratch.as_fd(), TEMPORARY, AtFlags::empty())?;
                make()?
            }
            made => made?,
        };
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        if rustix::process::geteuid().is_root() {
            fs::fchown(file.as_fd(), Some(Uid::from_raw(owner.st_uid)), Some(Gid::from_raw(owner.st_gid)))?;
        }
        fs::fchmod(file.as_fd(), mode)?;
        file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::{
        super::{Folder, Found},
        *,
    };

    fn at(path: &std::path::Path) -> Folder {
        Folder::open(path).unwrap()
    }

    #[test]
    fn a_written_file_keeps_its_mode_and_a_new_one_is_its_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(Steps::default());
        let home = at(folder.path());
        let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().mode() & 0o777;
        std::fs::write(folder.path().join("old"), "1").unwrap();
        std::fs::set_permissions(folder.path().join("old"), std::fs::Permissions::from_mode(0o640)).unwrap();
        disk.write(&home, &home, "old", b"2", Meta::Keep { executable: false }).unwrap();
        assert_eq!((mode("old"), std::fs::read(folder.path().join("old")).unwrap()), (0o640, b"2".to_vec()));
        disk.write(&home, &home, "old", b"2", Meta::Keep { executable: true }).unwrap();
        assert_eq!(mode("old"), 0o750);
        disk.write(&home, &home, "skills/a/run.sh", b"", Meta::Keep { executable: true }).unwrap();
        assert_eq!(mode("skills/a/run.sh"), 0o700);
        disk.write(&home, &home, ".env", b"A=1", Meta::Private).unwrap();
        assert_eq!(mode(".env"), 0o600);
        disk.remove(&home, "skills/a/run.sh").unwrap();
        assert!(!folder.path().join("skills").exists(), "empty folders go with their last file");
        assert!(folder.path().exists());
    }

    #[test]
    fn links_are_neither_read_nor_written_through() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let disk = Disk::new(Steps::default());
        let home = at(folder.path());
        std::fs::write(elsewhere.path().join("secret"), "theirs").unwrap();
        symlink(elsewhere.path().join("secret"), folder.path().join("SOUL.md")).unwrap();
        symlink(elsewhere.path(), folder.path().join("skills")).unwrap();
        assert!(matches!(home.read("SOUL.md", 100).unwrap(), Found::Blocked(_)));
        assert!(matches!(home.read("skills/secret", 100).unwrap(), Found::Blocked(_)));
        disk.write(&home, &home, "skills/secret", b"ours", Meta::Private).unwrap_err();
        disk.remove(&home, "skills/secret").unwrap_err();
        assert_eq!(std::fs::read_to_string(elsewhere.path().join("secret")).unwrap(), "theirs");
    }

    #[test]
    fn a_pipe_and_an_endless_file_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let home = at(folder.path());
        std::fs::write(folder.path().join("long"), vec![b'x'; 101]).unwrap();
        rustix::fs::mknodat(home.as_fd(), "pipe", rustix::fs::FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert!(matches!(home.read("long", 100).unwrap(), Found::Blocked(_)));
        assert!(matches!(home.read("pipe", 100).unwrap(), Found::Blocked(_)));
        assert!(matches!(home.read("none", 100).unwrap(), Found::Missing));
    }
}
