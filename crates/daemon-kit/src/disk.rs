//! How full a file system is.

use std::{io, path::Path};

/// A file system, as whoever asks may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Tells file systems of one machine apart.
    pub id: u64,
    /// Bytes that files take.
    pub used: u64,
    /// Bytes that files may still take; what is kept for root is in neither.
    pub available: u64,
}

impl Disk {
    /// The file system of `path`, or of the nearest folder above it that exists.
    ///
    /// # Errors
    /// What the system says, when not even that can be asked.
    pub fn of(path: &Path) -> io::Result<Self> {
        let absolute = std::path::absolute(path)?;
        let there = absolute.ancestors().find(|folder| folder.exists()).unwrap_or(&absolute);
        let space = rustix::fs::statvfs(there)?;
        let id = rustix::fs::stat(there)?.st_dev;
        let used = space.f_blocks.saturating_sub(space.f_bfree).saturating_mul(space.f_frsize);
        // Not every system has 64 bits of it.
        #[allow(clippy::allow_attributes, clippy::unnecessary_cast, reason = "the type differs between systems")]
        Ok(Self { id: id as u64, used, available: space.f_bavail.saturating_mul(space.f_frsize) })
    }

    /// How much of what may be used is used, 0 to 100, as `df` says; 100 of a file system without room.
    pub fn used_percent(&self) -> f64 {
        let total = self.used.saturating_add(self.available);
        if total == 0 { 100.0 } else { self.used as f64 * 100.0 / total as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_yet_is_on_the_file_system_of_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let (here, below) = (Disk::of(folder.path()).unwrap(), Disk::of(&folder.path().join("a/b")).unwrap());
        assert_eq!(here.id, below.id);
        assert!(here.used + here.available > 0 && (0.0..=100.0).contains(&here.used_percent()), "{here:?}");
    }

    #[test]
    fn what_is_kept_for_root_is_not_room() {
        assert_eq!(Disk { id: 1, used: 80, available: 20 }.used_percent(), 80.0);
        assert_eq!(Disk { id: 1, used: 0, available: 0 }.used_percent(), 100.0);
    }
}
