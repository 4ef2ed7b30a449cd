//! A folder that is held open: what is reached through it is in it, whatever happens to the names above it.

use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{self, AtFlags, Dir, FileType, Mode, OFlags, Stat},
    io::Errno,
};

/// What is at a path.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing.
    Missing,
    /// A file.
    File {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Whether its owner may run it.
        executable: bool,
    },
    /// Something that is left alone, and why.
    Blocked(&'static str),
}

/// A folder that is held open.
#[derive(Debug)]
pub(crate) struct Folder {
    fd: OwnedFd,
    /// For messages.
    path: PathBuf,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const LINK: &str = "a symbolic link, which is not followed";

impl Folder {
    /// Opens a folder by its path; links in the path are followed, for it is the user's own word.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { fd: fs::open(path, FOLDER, Mode::empty())?, path: path.to_owned() })
    }

    /// Where it is, or was.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in this one; `None` where there is nothing of the name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotADirectory`] for a link or a file.
    pub(crate) fn folder(&self, name: &str) -> io::Result<Option<Self>> {
        match fs::openat(&self.fd, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd, path: self.path.join(name) })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                let what = format!("{} is no folder, or a link", self.path.join(name).display());
                Err(io::Error::new(io::ErrorKind::NotADirectory, what))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A folder in this one, made for the user alone where there is none.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(crate) fn make_folder(&self, name: &str) -> io::Result<Self> {
        loop {
            if let Some(folder) = self.folder(name)? {
                return Ok(folder);
            }
            match fs::mkdirat(&self.fd, name, Mode::RWXU) {
                Ok(()) => {
                    // What root makes for a user shall be the user's.
                    if rustix::process::geteuid().is_root() {
                        let own = self.own_stat()?;
                        let (user, group) = (fs::Uid::from_raw(own.st_uid), fs::Gid::from_raw(own.st_gid));
                        fs::chownat(&self.fd, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
                    }
                    self.sync()?;
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The folder of a path in this one, and the path's last name; `None` where the folder is not there.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(crate) fn parent_of<'a>(&self, path: &'a str) -> io::Result<Option<(Self, &'a str)>> {
        let (folders, name) = split(path);
        let mut at = self.again()?;
        for folder in folders {
            match at.folder(folder)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some((at, name)))
    }

    /// As [`Self::parent_of`], with folders made where there are none.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub(crate) fn make_parent_of<'a>(&self, path: &'a str) -> io::Result<(Self, &'a str)> {
        let (folders, name) = split(path);
        let mut at = self.again()?;
        for folder in folders {
            at = at.make_folder(folder)?;
        }
        Ok((at, name))
    }

    /// Reads what is at a path in this folder, if it is a file of at most `bytes_max`.
    ///
    /// # Errors
    /// As the system says; what is no plain file is no error but [`Found::Blocked`].
    pub(crate) fn read(&self, path: &str, bytes_max: u64) -> io::Result<Found> {
        let (parent, name) = match self.parent_of(path) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(Found::Missing),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Found::Blocked(LINK)),
            Err(error) => return Err(error),
        };
        // Not blocking: a named pipe without a writer would hold us for ever.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match fs::openat(&parent.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(Found::Missing),
            Err(Errno::LOOP) => return Ok(Found::Blocked(LINK)),
            Err(Errno::NXIO) => return Ok(Found::Blocked("no plain file")),
            Err(error) => return Err(error.into()),
        };
        let stat = fs::fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(Found::Blocked("no plain file"));
        }
        let mut bytes = Vec::new();
        File::from(fd).take(bytes_max + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > bytes_max {
            return Ok(Found::Blocked("longer than a profile's file may be"));
        }
        Ok(Found::File { bytes, executable: stat.st_mode & 0o100 != 0 })
    }

    /// The names in this folder, in order, and what they are; a name that is no UTF-8 is left out.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn names(&self) -> io::Result<Vec<(String, FileType)>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    self.stat(name)?.map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode))
                }
                kind => kind,
            };
            names.push((name.to_owned(), kind));
        }
        names.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(names)
    }

    /// The names in this folder that are no UTF-8, as far as they can be shown.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn odd_names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let entry = entry?;
            if entry.file_name().to_str().is_err() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        Ok(names)
    }

    /// What a name in this folder is, itself; `None` where there is nothing.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn stat(&self, name: &str) -> io::Result<Option<Stat>> {
        match fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What this folder is.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn own_stat(&self) -> io::Result<Stat> {
        Ok(fs::fstat(&self.fd)?)
    }

    /// Makes the names in it durable.
    ///
    /// # Errors
    /// As the system says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.fd)?)
    }

    fn again(&self) -> io::Result<Self> {
        Ok(Self { fd: self.fd.try_clone()?, path: self.path.clone() })
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn split(path: &str) -> (impl Iterator<Item = &str>, &str) {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    (folders.split('/').filter(|folder| !folder.is_empty()), name)
}
