//! One copy at a time: a lock that says who holds it, and goes with its holder however that ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
    process::Stdio,
};

use anyhow::Context as _;

/// A held lock.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock `path` in the name of `holder`.
    ///
    /// # Errors
    /// When somebody else has it: the message says who.
    pub(crate) fn take(path: &Path, holder: &str) -> anyhow::Result<Self> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut held_by = String::new();
                let _ = file.read_to_string(&mut held_by);
                let held_by = if held_by.trim().is_empty() { "another process" } else { held_by.trim() };
                anyhow::bail!(
                    "the replica is being changed by {held_by}: try again when that has ended ({})",
                    path.display()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
        }
        let write = |file: &mut File| {
            file.rewind()?;
            file.set_len(0)?;
            writeln!(file, "{holder}")
        };
        // Who holds it is a courtesy: a full disk must not keep anybody from making room.
        let _ = write(&mut file);
        Ok(Self(file))
    }

    /// Whether somebody has the lock `path`.
    pub(crate) fn is_taken(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The lock as a child's standard input: a child that outlives this process keeps it.
    pub(crate) fn as_stdin(&self) -> anyhow::Result<Stdio> {
        Ok(Stdio::from(self.0.try_clone().context("share the lock")?))
    }

    /// Makes the program that this process turns into keep the lock.
    pub(crate) fn outlive_exec(self) -> anyhow::Result<()> {
        rustix::io::fcntl_setfd(&self.0, rustix::io::FdFlags::empty()).context("keep the lock")?;
        // Closing it would give it back.
        std::mem::forget(self.0);
        Ok(())
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).with_context(|| format!("open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!Lock::is_taken(&path));
        let first = Lock::take(&path, "a push from mac-mini").unwrap();
        assert!(Lock::is_taken(&path));
        let refused = Lock::take(&path, "a pull").unwrap_err().to_string();
        assert!(refused.contains("a push from mac-mini"), "{refused}");
        drop(first);
        assert!(!Lock::is_taken(&path));
        drop(Lock::take(&path, "a pull").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a pull\n");
    }
}
