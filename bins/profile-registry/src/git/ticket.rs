//! A file per push, in which the hooks leave what they say.
//!
//! Whoever runs git holds the kernel's lock on it. The hooks see by that whether anybody waits for the push any more: a
//! process that is killed lets go of it, and then nothing that it has begun may come true behind the next one's back.
//!
//! All of them share a second lock, so that it can be seen when nobody pushes: what lies in a quarantine then is nobody's.
//! (A git that is an orphan may still move it into the repository. It moves no reference: its last hook sees to that.)

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// The folder of the files, in the registry's.
pub(super) const FOLDER: &str = "pushes";
/// Shared by all pushes that are served.
const SHARED: &str = "pushes.lock";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// The file; gone when dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    path: PathBuf,
    lock: Mutex<Option<File>>,
    shared: File,
}

/// What the hooks have said of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The policy says yes to this: `<old> <new> <reference>`.
    Yes(String),
    /// The policy says no, by these rules.
    No(String),
    /// Nothing could be said; why, for the log.
    Failed(String),
    /// No hook has come to say anything.
    Silence,
}

impl Ticket {
    /// A new one, in the registry's folder `state`.
    pub(super) fn issue(state: &Path) -> io::Result<Self> {
        let folder = state.join(FOLDER);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let shared = shared(state)?;
        shared.lock_shared()?;
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{}-{number}", std::process::id()));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => {
                    file.lock()?;
                    return Ok(Self { path, lock: Mutex::new(Some(file)), shared });
                }
                // Of a process that died and had our number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the hooks know that nobody waits for the push any more.
    pub(super) fn let_go(&self) {
        if let Some(file) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Closing it is not enough while some child of ours has been made and is not its program yet.
            let _ = file.unlock();
        }
    }

    /// What it says by now.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::read(&self.path)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.let_go();
        let _ = self.shared.unlock();
        // The upkeep removes what stays.
        let _ = fs::remove_file(&self.path);
    }
}

/// A lock that is there as long as nobody pushes, and keeps everybody from it; `None` while somebody does.
pub(super) fn while_nobody_pushes(state: &Path) -> io::Result<Option<File>> {
    let shared = shared(state)?;
    match shared.try_lock() {
        Ok(()) => Ok(Some(shared)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn shared(state: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(state.join(SHARED))
}

/// Returns once nobody waits for the push any more.
pub(super) fn wait_until_let_go(path: &Path) {
    // A ticket that is not there is nobody's either.
    if let Ok(file) = File::open(path) {
        let _ = file.lock_shared();
    }
}

/// Whether somebody waits for the push.
pub(super) fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

impl Verdict {
    /// From a ticket.
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        match text.strip_suffix('\n').and_then(|line| line.split_once(' ')) {
            Some(("yes", what)) => Self::Yes(what.to_owned()),
            Some(("no", rules)) => Self::No(rules.to_owned()),
            Some(("failed", why)) => Self::Failed(why.to_owned()),
            _ => Self::Silence,
        }
    }

    /// Onto a ticket that is there.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let text = match self {
            Self::Yes(what) => format!("yes {what}\n"),
            Self::No(rules) => format!("no {rules}\n"),
            Self::Failed(why) => format!("failed {}\n", why.replace('\n', "; ")),
            Self::Silence => String::new(),
        };
        let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
        io::Write::write_all(&mut file, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_read_as_it_was_written_and_half_of_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (ticket, other) = (Ticket::issue(folder.path()).unwrap(), Ticket::issue(folder.path()).unwrap());
        assert_ne!(ticket.path(), other.path());
        assert!(while_nobody_pushes(folder.path()).unwrap().is_none());
        drop(other);
        assert!(while_nobody_pushes(folder.path()).unwrap().is_none());
        assert_eq!(ticket.verdict(), Verdict::Silence);
        for verdict in [
            Verdict::Yes("a b refs/heads/main".to_owned()),
            Verdict::No("secret path".to_owned()),
            Verdict::Failed("disk".to_owned()),
        ] {
            verdict.write(ticket.path()).unwrap();
            assert_eq!(ticket.verdict(), verdict);
        }
        assert!(is_held(ticket.path()));
        ticket.let_go();
        assert!(!is_held(ticket.path()) && !is_held(Path::new("/nowhere")));
        wait_until_let_go(ticket.path());
        fs::write(ticket.path(), "yes a b refs/heads/ma").unwrap();
        assert_eq!(ticket.verdict(), Verdict::Silence);
        let path = ticket.path().to_owned();
        drop(ticket);
        assert!(!path.exists());
        assert!(while_nobody_pushes(folder.path()).unwrap().is_some());
        assert!(Verdict::Yes(String::new()).write(&path).is_err(), "nobody makes one up");
    }
}
