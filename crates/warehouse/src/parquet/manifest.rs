//! What an exported generation consists of, as the JSON file beside the tables' folders says.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    WarehouseError, durable,
    layout::{self, CURRENT_FILE},
    manifest::combined_hash,
    manifest::{FileRef, TableSum},
    reader::read_current,
};

/// The shape of [`ParquetManifest`]; a reader refuses one that it does not know.
pub(super) const FORMAT: u32 = 1;

/// One generation as Parquet files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParquetManifest {
    /// The shape of this document: 1.
    pub format: u32,
    /// The generation's number, the one that the warehouse published it under.
    pub generation: u64,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// The schema of the tables. A higher one has new columns or tables.
    pub schema_version: u32,
    /// The generation's logical hash: SHA-256 over the lines `table:rows:hash` of `tables`.
    pub logical_hash: String,
    /// The last day with a curated bar.
    pub last_trade_date: Option<NaiveDate>,
    /// The tables by name. The rows of a table are those of all its files together.
    pub tables: BTreeMap<String, ParquetTable>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParquetTable {
    /// Number of rows.
    pub rows: u64,
    /// Sum of the rows' hashes modulo 2^64, sixteen hex digits.
    pub logical_hash: String,
    /// The columns that the hash covers, in its order; the others are lineage.
    pub hashed: Vec<String>,
    /// The columns that identify a row; they may be NULL.
    pub key: Vec<String>,
    /// Every column, in the order of the files.
    pub columns: Vec<ParquetColumn>,
    /// The column whose year or month is a file's partition; `None` if the table is one file.
    pub partitioned_by: Option<String>,
    /// The files, by partition.
    pub files: Vec<ParquetFile>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParquetColumn {
    /// Its name.
    pub name: String,
    /// Its type as DuckDB names it, see `docs/parquet.md`.
    pub r#type: String,
}

/// One immutable file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParquetFile {
    /// `<table>/<name>`, from the folder of the manifest. Never reused for anything else.
    pub path: String,
    /// `2026`, `2026-10`, `undated` or `all`.
    pub partition: String,
    /// Length in bytes.
    pub size: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// Number of rows.
    pub rows: u64,
    /// The part of the table's hash that these rows make up.
    pub logical_hash: String,
}

impl ParquetManifest {
    /// The current manifest in `folder`; `None` before the first export.
    ///
    /// # Errors
    /// As [`ParquetManifest::read`].
    pub fn current(folder: &Path) -> Result<Option<Self>, WarehouseError> {
        read_current(folder)?.map(|name| Self::read(&folder.join(name))).transpose()
    }

    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// `Damaged` if it is absent, malformed, inconsistent, or names a file outside its folder.
    pub fn read(path: &Path) -> Result<Self, WarehouseError> {
        let damaged = |detail: String| WarehouseError::Damaged { file: path.to_owned(), detail };
        let bytes = std::fs::read(path).map_err(|error| damaged(error.to_string()))?;
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(damaged(format!("its format is {}, this program knows {FORMAT}", manifest.format)));
        }
        let sums: BTreeMap<_, _> = manifest.tables.iter().map(|(name, table)| (name.clone(), table.sum())).collect();
        if combined_hash(&sums) != manifest.logical_hash {
            return Err(damaged("its logical hash is not that of its tables".to_owned()));
        }
        for (table, file) in manifest.files() {
            file.validate(table).map_err(|error| damaged(error.to_string()))?;
        }
        Ok(manifest)
    }

    /// Writes the manifest durably into `folder`.
    pub(super) fn write(&self, folder: &Path) -> Result<(), WarehouseError> {
        durable::write_json(&folder.join(layout::manifest_file(self.generation)), self)
    }

    /// Makes it the current one: the step that readers see.
    pub(super) fn flip(&self, folder: &Path) -> Result<(), WarehouseError> {
        let name = layout::manifest_file(self.generation);
        durable::write_bytes(&folder.join(CURRENT_FILE), format!("{name}\n").as_bytes())
    }

    /// Every file with the name of its table.
    pub fn files(&self) -> impl Iterator<Item = (&str, &ParquetFile)> {
        self.tables.iter().flat_map(|(name, table)| table.files.iter().map(move |file| (name.as_str(), file)))
    }
}

impl ParquetTable {
    /// Rows and hash.
    pub fn sum(&self) -> TableSum {
        TableSum { rows: self.rows, logical_hash: self.logical_hash.clone() }
    }
}

impl ParquetFile {
    /// Rows and hash.
    pub fn sum(&self) -> TableSum {
        TableSum { rows: self.rows, logical_hash: self.logical_hash.clone() }
    }

    /// Checks presence and length below `folder`.
    pub(super) fn check_size(&self, folder: &Path) -> Result<(), WarehouseError> {
        self.as_plain_file().check_size(&self.folder_in(folder))
    }

    /// Checks length and SHA-256 below `folder`.
    pub(super) fn check_content(&self, folder: &Path) -> Result<(), WarehouseError> {
        self.as_plain_file().check_content(&self.folder_in(folder))
    }

    fn folder_in(&self, folder: &Path) -> PathBuf {
        self.path.split_once('/').map_or_else(|| folder.to_owned(), |(table, _)| folder.join(table))
    }

    fn as_plain_file(&self) -> FileRef {
        let name = self.path.rsplit('/').next().unwrap_or_default().to_owned();
        FileRef { name, size: self.size, sha256: self.sha256.clone() }
    }

    /// A manifest may come from another machine and must not lead out of its folder.
    fn validate(&self, table: &str) -> Result<(), WarehouseError> {
        layout::plain_file_name(table)?;
        let inside = self.path.strip_prefix(table).and_then(|rest| rest.strip_prefix('/'));
        layout::plain_file_name(inside.unwrap_or_default())?;
        Ok(())
    }
}
