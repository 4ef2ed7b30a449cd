//! Proves that an exported generation is what its manifest says, by reading all of it.

use std::path::Path;

use super::{manifest::ParquetManifest, write};
use crate::{WarehouseError, engine, layout, logical::Sum, manifest::TableSum, schema, stopwatch::Stopwatch};

const MEMORY_LIMIT_MB: u32 = 512;
const THREADS: u32 = 2;

/// What a verification found.
#[derive(Debug)]
pub struct ParquetReport {
    /// The manifest.
    pub manifest: ParquetManifest,
    /// Everything that is wrong, each naming its file; empty for a generation that is whole.
    pub problems: Vec<String>,
    /// Bytes that were compared with their SHA-256.
    pub bytes: u64,
    /// Rows that were counted and hashed.
    pub rows: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
}

/// Verifies one exported generation, the current one without a number: length, SHA-256, row count and logical hash of every
/// file, and that the files of a table add up to it.
///
/// # Errors
/// `NoGeneration` if there is none, `Damaged` if its manifest cannot be read. What is wrong with the files is in the report.
pub fn verify_parquet(folder: &Path, generation: Option<u64>) -> Result<ParquetReport, WarehouseError> {
    let watch = Stopwatch::start();
    let manifest = match generation {
        Some(number) => ParquetManifest::read(&folder.join(layout::manifest_file(number)))?,
        None => ParquetManifest::current(folder)?.ok_or(WarehouseError::NoGeneration)?,
    };
    let limits = engine::Limits { memory_mb: MEMORY_LIMIT_MB, threads: THREADS, temp_dir: Path::new("") };
    let conn = engine::open(None, limits)?;
    let mut report = ParquetReport { problems: Vec::new(), bytes: 0, rows: 0, elapsed_ms: 0, manifest };
    for (name, exported) in &report.manifest.tables {
        let Some(table) = schema::table(name) else {
            report.problems.push(format!("{name}: no table of this program"));
            continue;
        };
        let mut sum = Sum::default();
        for file in &exported.files {
            let read = file.check_content(folder).and_then(|()| write::read(&conn, &folder.join(&file.path), table));
            match read {
                Ok(found) if TableSum::from(found) == file.sum() => sum = sum.plus(found),
                Ok(found) => {
                    report.problems.push(format!("{} holds {found:?}, its manifest says otherwise", file.path))
                }
                Err(error) => report.problems.push(error.to_string()),
            }
            report.bytes += file.size;
        }
        report.rows += sum.rows;
        if TableSum::from(sum) != exported.sum() {
            report.problems.push(format!("{name}: its files do not add up to it"));
        }
    }
    report.elapsed_ms = watch.elapsed().as_millis() as u64;
    Ok(report)
}

impl ParquetReport {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }
}
