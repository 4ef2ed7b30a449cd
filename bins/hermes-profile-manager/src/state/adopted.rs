//! What files were before `adopt` wrote them anew, for whoever wants them back.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{Locked, State};
use crate::failure::Failure;

impl State {
    /// Where it is kept.
    pub(crate) fn adopted_path(&self, label: &str, at: DateTime<Utc>) -> PathBuf {
        self.path().join(folder(label, at))
    }
}

impl Locked {
    /// Keeps a file, 0600: it may hold secrets.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub(crate) fn keep_adopted(&self, label: &str, at: DateTime<Utc>, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.put(&format!("{}/{path}", folder(label, at)), bytes)
    }
}

fn folder(label: &str, at: DateTime<Utc>) -> String {
    format!("adopted/{label}/{}", at.format("%Y%m%dT%H%M%S%.3fZ"))
}
