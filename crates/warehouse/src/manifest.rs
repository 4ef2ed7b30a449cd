//! What a generation and a base consist of, as the JSON files beside them say.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{WarehouseError, durable, layout, schema::SCHEMA_VERSION};

/// Manifests are small; anything larger is not one.
const MANIFEST_BYTES_MAX: u64 = 16 << 20;

/// One immutable view of the market: a base (if there is one yet), a tail, and what both must contain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The generation's number; never reused.
    pub generation: u64,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// The writer's count of commits that changed market data.
    pub commit_seq: u64,
    /// The schema of the tables. A reader refuses one newer than its own.
    pub schema_version: u32,
    /// The library that wrote the files, for example `v1.5.5`.
    pub duckdb_version: String,
    /// The base; `None` before the first compaction.
    pub base: Option<BaseRef>,
    /// The copy of the tail.
    pub tail: FileRef,
    /// Merged row counts and logical hashes of the business tables, by table.
    pub tables: BTreeMap<String, TableSum>,
    /// SHA-256 over the lines `table:rows:hash` of `tables`: equal content gives an equal hash, however it came about.
    pub logical_hash: String,
    /// The last day with a curated bar.
    pub last_trade_date: Option<NaiveDate>,
    /// How long each step of the publish took, milliseconds.
    pub steps_ms: BTreeMap<String, u64>,
}

/// The base that a generation builds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseRef {
    /// The base's number.
    pub number: u64,
    /// The database.
    pub database: FileRef,
    /// The series file.
    pub series: FileRef,
}

/// A file in the published folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// A plain file name.
    pub name: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
}

/// Row count and additive hash of one table's business columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the rows' hashes modulo 2^64, sixteen hex digits.
    pub logical_hash: String,
}

/// What `base-<m>.json` says about a base.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaseManifest {
    /// The base's number.
    pub number: u64,
    /// When it was built.
    pub built_at: DateTime<Utc>,
    /// The schema of its tables.
    pub schema_version: u32,
    /// The database.
    pub database: FileRef,
    /// The series file.
    pub series: FileRef,
    /// Row counts and hashes by table.
    pub tables: BTreeMap<String, TableSum>,
    /// The first and last day of its curated bars.
    pub trade_dates: Option<(NaiveDate, NaiveDate)>,
}

/// The part of a manifest that is read before anything else: the rest may have another shape in a newer schema.
#[derive(Deserialize)]
struct SchemaOnly {
    schema_version: u32,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// `SchemaTooNew` for a newer schema; `Damaged` for a file that is absent, malformed, inconsistent, or names
    /// anything but plain files of this generation.
    pub fn read(path: &Path) -> Result<Self, WarehouseError> {
        let bytes = read_small(path)?;
        check_schema(path, &bytes)?;
        let manifest: Self = parse(path, &bytes)?;
        manifest.validate(path)?;
        Ok(manifest)
    }

    /// Writes the manifest durably into `published` and returns its path.
    pub(crate) fn write(&self, published: &Path) -> Result<PathBuf, WarehouseError> {
        let path = published.join(layout::manifest_file(self.generation));
        durable::write_json(&path, self)?;
        Ok(path)
    }

    /// Every file that the generation consists of, the base's first.
    pub fn files(&self) -> impl Iterator<Item = &FileRef> {
        let base = self.base.iter().flat_map(|base| [&base.database, &base.series]);
        base.chain(std::iter::once(&self.tail))
    }

    fn validate(&self, path: &Path) -> Result<(), WarehouseError> {
        let damaged = |detail: String| WarehouseError::Damaged { file: path.to_owned(), detail };
        if path.file_name().and_then(|name| name.to_str()) != Some(&layout::manifest_file(self.generation)) {
            return Err(damaged(format!("it says it is generation {}", self.generation)));
        }
        for file in self.files() {
            file.validate(path)?;
        }
        if layout::tail_number(&self.tail.name) != Some(self.generation) {
            return Err(damaged(format!("its tail `{}` belongs to another generation", self.tail.name)));
        }
        if let Some(base) = &self.base
            && (base.database.name != layout::base_file(base.number)
                || base.series.name != layout::series_file(base.number))
        {
            return Err(damaged(format!("its base files do not belong to base {}", base.number)));
        }
        let hash = combined_hash(&self.tables);
        if hash != self.logical_hash {
            return Err(damaged(format!("its logical hash is {} but its tables give {hash}", self.logical_hash)));
        }
        Ok(())
    }
}

impl BaseManifest {
    /// Reads and checks a base manifest.
    ///
    /// # Errors
    /// `SchemaTooNew` for a newer schema, `Damaged` for a file that is absent or malformed.
    pub fn read(path: &Path) -> Result<Self, WarehouseError> {
        let bytes = read_small(path)?;
        check_schema(path, &bytes)?;
        let manifest: Self = parse(path, &bytes)?;
        for file in [&manifest.database, &manifest.series] {
            file.validate(path)?;
        }
        Ok(manifest)
    }

    /// Writes the manifest durably.
    pub fn write(&self, path: &Path) -> Result<(), WarehouseError> {
        durable::write_json(path, self)
    }

    /// The part that a generation's manifest repeats.
    pub(crate) fn reference(&self) -> BaseRef {
        BaseRef { number: self.number, database: self.database.clone(), series: self.series.clone() }
    }
}

impl FileRef {
    /// Describes the file at `path` by reading all of it.
    pub fn of(path: &Path) -> Result<Self, WarehouseError> {
        let (size, sha256) = durable::sha256_file(path)?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        Ok(Self { name, size, sha256 })
    }

    /// Checks presence and length of the file in `dir`: cheap, and enough to notice an interrupted copy.
    pub fn check_size(&self, dir: &Path) -> Result<(), WarehouseError> {
        let path = dir.join(&self.name);
        let size = match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return Err(WarehouseError::Damaged { file: path, detail: "not a regular file".to_owned() }),
            Err(error) => return Err(WarehouseError::Damaged { file: path, detail: error.to_string() }),
        };
        if size != self.size {
            let detail = format!("{size} bytes instead of {}", self.size);
            return Err(WarehouseError::Damaged { file: path, detail });
        }
        Ok(())
    }

    /// Checks length and SHA-256 of the file in `dir` by reading all of it.
    pub fn check_content(&self, dir: &Path) -> Result<(), WarehouseError> {
        self.check_size(dir)?;
        let path = dir.join(&self.name);
        let (_, sha256) = durable::sha256_file(&path)?;
        if sha256 != self.sha256 {
            let detail = format!("its SHA-256 is {sha256} instead of {}", self.sha256);
            return Err(WarehouseError::Damaged { file: path, detail });
        }
        Ok(())
    }

    fn validate(&self, manifest: &Path) -> Result<(), WarehouseError> {
        layout::plain_file_name(&self.name)?;
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            let detail = format!("the SHA-256 of `{}` is malformed", self.name);
            return Err(WarehouseError::Damaged { file: manifest.to_owned(), detail });
        }
        Ok(())
    }
}

/// SHA-256 over one line `table:rows:hash` per table, in the order of their names.
pub fn combined_hash(tables: &BTreeMap<String, TableSum>) -> String {
    let mut sha = Sha256::new();
    for (table, sum) in tables {
        sha.update(format!("{table}:{}:{}\n", sum.rows, sum.logical_hash));
    }
    hex::encode(sha.finalize())
}

fn read_small(path: &Path) -> Result<Vec<u8>, WarehouseError> {
    let damaged = |detail: String| WarehouseError::Damaged { file: path.to_owned(), detail };
    let metadata = std::fs::metadata(path).map_err(|error| damaged(error.to_string()))?;
    if metadata.len() > MANIFEST_BYTES_MAX {
        return Err(damaged(format!("{} bytes are too many for a manifest", metadata.len())));
    }
    std::fs::read(path).map_err(|error| damaged(error.to_string()))
}

fn check_schema(path: &Path, bytes: &[u8]) -> Result<(), WarehouseError> {
    let SchemaOnly { schema_version } = parse(path, bytes)?;
    if schema_version > SCHEMA_VERSION {
        return Err(WarehouseError::SchemaTooNew { found: schema_version, supported: SCHEMA_VERSION });
    }
    Ok(())
}

fn parse<'a, T: Deserialize<'a>>(path: &Path, bytes: &'a [u8]) -> Result<T, WarehouseError> {
    serde_json::from_slice(bytes)
        .map_err(|error| WarehouseError::Damaged { file: path.to_owned(), detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |name: &str| FileRef { name: name.to_owned(), size: 1, sha256: "ab".repeat(32) };
        let tables = BTreeMap::from([("curated_daily".to_owned(), TableSum { rows: 2, logical_hash: "0".repeat(16) })]);
        Manifest {
            generation: 12,
            published_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            commit_seq: 3,
            schema_version: SCHEMA_VERSION,
            duckdb_version: "v1.5.5".to_owned(),
            base: Some(BaseRef { number: 3, database: file("base-3.duckdb"), series: file("base-3.series") }),
            tail: file("tail-000012.duckdb"),
            logical_hash: combined_hash(&tables),
            tables,
            last_trade_date: None,
            steps_ms: BTreeMap::new(),
        }
    }

    fn reread(change: impl FnOnce(&mut Manifest)) -> Result<Manifest, WarehouseError> {
        let dir = tempfile::tempdir().unwrap();
        let mut manifest = manifest();
        change(&mut manifest);
        let path = dir.path().join("gen-000012.json");
        durable::write_json(&path, &manifest).unwrap();
        Manifest::read(&path)
    }

    #[test]
    fn a_manifest_reads_back_as_it_was_written() {
        assert_eq!(reread(|_| ()).unwrap(), manifest());
    }

    #[test]
    fn a_manifest_that_names_a_path_or_foreign_files_is_refused() {
        for result in [
            reread(|m| m.tail.name = "../../etc/passwd".to_owned()),
            reread(|m| m.tail.name = "tail-000011.duckdb".to_owned()),
            reread(|m| m.tail.sha256 = "xyz".to_owned()),
            reread(|m| m.base.as_mut().unwrap().series.name = "base-2.series".to_owned()),
            reread(|m| m.generation = 13),
            reread(|m| m.logical_hash = "0".repeat(64)),
        ] {
            assert!(matches!(result, Err(WarehouseError::Damaged { .. })), "{result:?}");
        }
    }

    #[test]
    fn a_newer_schema_is_told_apart_from_damage() {
        let result = reread(|m| m.schema_version = SCHEMA_VERSION + 1);
        assert!(matches!(result, Err(WarehouseError::SchemaTooNew { .. })), "{result:?}");
    }
}
