//! `replica.json`: what a copy of the published folder knows about itself. Only a replica has one; it lies beside the
//! generations, so that whoever reads them can tell how old the copy is.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{WarehouseError, durable, layout::REPLICA_FILE};

/// The state of a replica, by the clock of the host that it lies on. Readers ignore fields they do not know and default those
/// that are absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplicaFile {
    /// When it was last found to hold the source's newest generation: what the replica's age counts from.
    pub synced_at: Option<DateTime<Utc>>,
    /// When every file of the current generation was last read, compared and found whole.
    pub verified_at: Option<DateTime<Utc>>,
    /// When the current generation became current here.
    pub received_at: Option<DateTime<Utc>>,
    /// The current generation.
    pub generation: Option<u64>,
    /// The hash of its content.
    pub logical_hash: String,
    /// Who brought it, for example `push from mac-mini`.
    pub from: String,
    /// Bytes that the last transfer moved, both ways.
    pub moved_bytes: u64,
    /// How long that took with verifying, milliseconds.
    pub elapsed_ms: u64,
    /// The last drill.
    pub last_drill: Option<Drill>,
}

/// A rehearsed restore.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Drill {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// The generation that was restored.
    pub generation: u64,
    /// Whether everything that was asked of it was answered as the manifest says.
    pub passed: bool,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// What was wrong; empty if it passed.
    pub problems: Vec<String>,
}

impl ReplicaFile {
    /// Seconds since it was last found to hold the newest generation; `None` before that. Never negative: the clock may have
    /// been put back.
    pub fn age_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        self.synced_at.map(|at| (now - at).num_seconds().max(0))
    }
}

/// Replaces `replica.json` in `published_dir`: a reader sees the old text or the new one.
pub fn write_replica(published_dir: &Path, replica: &ReplicaFile) -> Result<(), WarehouseError> {
    durable::write_json(&published_dir.join(REPLICA_FILE), replica)
}

/// Reads `replica.json`; `None` where there is none: this is no replica.
///
/// # Errors
/// `Damaged` if it is not what [`write_replica`] wrote.
pub fn read_replica(published_dir: &Path) -> Result<Option<ReplicaFile>, WarehouseError> {
    let path = published_dir.join(REPLICA_FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let replica = serde_json::from_slice(&bytes);
    replica.map(Some).map_err(|error| WarehouseError::Damaged { file: path, detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_says_how_old_it_is_and_a_primary_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_replica(dir.path()).unwrap(), None);
        let synced_at: DateTime<Utc> = "2026-04-30T17:00:00Z".parse().unwrap();
        let replica = ReplicaFile { synced_at: Some(synced_at), generation: Some(4), ..ReplicaFile::default() };
        write_replica(dir.path(), &replica).unwrap();
        let read = read_replica(dir.path()).unwrap().unwrap();
        assert_eq!(read, replica);
        assert_eq!(read.age_seconds(synced_at + chrono::TimeDelta::minutes(3)), Some(180));
        assert_eq!(read.age_seconds(synced_at - chrono::TimeDelta::minutes(3)), Some(0));
        assert_eq!(ReplicaFile::default().age_seconds(synced_at), None);
    }

    #[test]
    fn fields_of_a_newer_program_are_ignored_and_rubbish_is_damage() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(REPLICA_FILE);
        std::fs::write(&file, r#"{"generation": 3, "mood": "good"}"#).unwrap();
        assert_eq!(read_replica(dir.path()).unwrap().unwrap().generation, Some(3));
        std::fs::write(&file, r#"{"generation": "#).unwrap();
        assert!(matches!(read_replica(dir.path()), Err(WarehouseError::Damaged { .. })));
    }
}
