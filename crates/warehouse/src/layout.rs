//! Every path and file name of the warehouse, in one place.
//!
//! ```text
//! <root>/writer.lock          held by the one writer process
//! <root>/tail.duckdb          the writer's only writable file
//! <root>/base-<m>.duckdb      immutable history, symbol-major
//! <root>/base-<m>.series      the mapped columns of its `curated_daily`
//! <root>/base-<m>.json        counts, hashes and dates of that base
//! <root>/raw-<year>.duckdb    archived raw responses (primary only)
//! <root>/generation.counter   the highest generation number ever handed out
//! <root>/published/           what readers and replicas see
//!     CURRENT                 the name of the current manifest
//!     gen-<n>.json            manifests, n six digits, never reused
//!     tail-<n>.duckdb         one copy of the tail per generation
//!     base-<m>.duckdb|.series hard links
//!     status.json
//!     replica.json            on a replica only
//! <root>/replica/             where a replica receives what is copied to it
//! ```

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use crate::WarehouseError;

/// Name of the folder that readers and replicas see.
pub const PUBLISHED_DIR: &str = "published";
/// Name of the file that names the current manifest.
pub const CURRENT_FILE: &str = "CURRENT";
/// Name of the status file.
pub const STATUS_FILE: &str = "status.json";
/// Name of the file in which a replica says how old it is ([`crate::ReplicaFile`]).
pub const REPLICA_FILE: &str = "replica.json";
/// Ending of a file that is still being written; never read, removed by the next publish.
pub const UNFINISHED_SUFFIX: &str = ".tmp";

/// Paths of a warehouse by its root folder. Creates nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The lock file of the one writer process.
    pub fn writer_lock(&self) -> PathBuf {
        self.root.join("writer.lock")
    }

    /// The writer's database.
    pub fn tail(&self) -> PathBuf {
        self.root.join("tail.duckdb")
    }

    /// The base database with number `base`.
    pub fn base(&self, base: u64) -> PathBuf {
        self.root.join(base_file(base))
    }

    /// The series file of base `base`.
    pub fn series(&self, base: u64) -> PathBuf {
        self.root.join(series_file(base))
    }

    /// The manifest of base `base` ([`crate::manifest::BaseManifest`]).
    pub fn base_manifest(&self, base: u64) -> PathBuf {
        self.root.join(format!("base-{base}.json"))
    }

    /// The archive of the raw responses fetched in `year`.
    pub fn raw_archive(&self, year: i32) -> PathBuf {
        self.root.join(format!("raw-{year}.duckdb"))
    }

    /// Where the writer's DuckDB spills what exceeds its memory limit.
    pub fn temp_dir(&self) -> PathBuf {
        self.root.join("spill")
    }

    /// The file that remembers the highest generation number ever handed out.
    pub fn generation_counter(&self) -> PathBuf {
        self.root.join("generation.counter")
    }

    /// The folder that readers and replicas see.
    pub fn published(&self) -> PathBuf {
        self.root.join(PUBLISHED_DIR)
    }

    /// Where a replica receives what is copied to it; on the file system of [`Layout::published`].
    pub fn replica(&self) -> PathBuf {
        self.root.join("replica")
    }

    /// The writer's half-written files in the root folder go by this name until they are whole.
    pub fn unfinished(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(UNFINISHED_SUFFIX);
        PathBuf::from(name)
    }

    /// DuckDB's write-ahead log beside `database`.
    pub fn wal(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".wal");
        PathBuf::from(name)
    }
}

/// `base-<m>.duckdb`.
pub fn base_file(base: u64) -> String {
    format!("base-{base}.duckdb")
}

/// `base-<m>.series`.
pub fn series_file(base: u64) -> String {
    format!("base-{base}.series")
}

/// `tail-<n>.duckdb`, the published copy of generation `generation`.
pub fn tail_file(generation: u64) -> String {
    format!("tail-{generation:06}.duckdb")
}

/// `gen-<n>.json`.
pub fn manifest_file(generation: u64) -> String {
    format!("gen-{generation:06}.json")
}

/// The generation number in `gen-<n>.json`; `None` for any other name.
pub fn manifest_number(name: &str) -> Option<u64> {
    number_between(name, "gen-", ".json").filter(|n| manifest_file(*n) == name)
}

/// The generation number in `tail-<n>.duckdb`; `None` for any other name.
pub fn tail_number(name: &str) -> Option<u64> {
    number_between(name, "tail-", ".duckdb").filter(|n| tail_file(*n) == name)
}

/// The base number in `base-<m>.duckdb` or `base-<m>.series`; `None` for any other name.
pub fn base_number(name: &str) -> Option<u64> {
    number_between(name, "base-", ".duckdb").or_else(|| number_between(name, "base-", ".series"))
}

/// Checks that `name` is a plain file name: a manifest may come from another machine and must not lead out of its
/// folder.
pub fn plain_file_name(name: &str) -> Result<&str, WarehouseError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if name.is_empty() || name.starts_with('.') || name.len() > 128 || !name.bytes().all(allowed) {
        return Err(WarehouseError::Damaged {
            file: PathBuf::from(name.chars().take(128).collect::<String>()),
            detail: "not a plain file name".to_owned(),
        });
    }
    Ok(name)
}

fn number_between(name: &str, before: &str, after: &str) -> Option<u64> {
    let digits = name.strip_prefix(before)?.strip_suffix(after)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Whether both names mean one file; not where one of them is absent.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((id(one), id(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_inverse() {
        for n in [1, 42, 999_999, 1_000_000] {
            assert_eq!(manifest_number(&manifest_file(n)), Some(n));
            assert_eq!(tail_number(&tail_file(n)), Some(n));
            assert_eq!(base_number(&base_file(n)), Some(n));
            assert_eq!(base_number(&series_file(n)), Some(n));
        }
        assert_eq!(manifest_file(12), "gen-000012.json");
        for name in ["gen-12.json", "gen-.json", "gen-000012.json.tmp", "gen-+00012.json", "tail-000001.duckdb"] {
            assert_eq!(manifest_number(name), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in ["", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\0b", "a'b", &"x".repeat(200)] {
            assert!(plain_file_name(name).is_err(), "{name:?}");
        }
        assert_eq!(plain_file_name("tail-000012.duckdb").unwrap(), "tail-000012.duckdb");
    }
}
