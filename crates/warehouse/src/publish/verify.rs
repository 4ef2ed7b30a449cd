//! Proves that a generation is what its manifest says, by reading all of it.

use std::path::Path;

use super::{generations::current_manifest, sums};
use crate::{
    WarehouseError, layout,
    manifest::{Manifest, TableSum},
    schema::SCHEMA_VERSION,
    series::SeriesFile,
    stopwatch::Stopwatch,
};

const MEMORY_LIMIT_MB: u32 = 512;
const THREADS: u32 = 2;

/// What a verification found.
#[derive(Debug)]
pub struct VerifyReport {
    /// The generation's manifest.
    pub manifest: Manifest,
    /// Everything that is wrong, each naming its file; empty for a generation that is whole.
    pub problems: Vec<String>,
    /// Bytes that were compared with their SHA-256.
    pub bytes: u64,
    /// Rows that were counted and hashed, merged.
    pub rows: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Verifies one generation, the current one without a number: lengths and SHA-256 of its files, every checksum in the series
/// file, row count and logical hash of every table. What an older schema counted and hashed is another set of tables: of such a
/// generation every row is read, and the SHA-256 of the files is what proves it.
///
/// # Errors
/// `NoGeneration` if there is none, `Damaged` or `SchemaTooNew` if its manifest cannot be read. Whatever is wrong with the
/// generation's files is in the report.
pub fn verify(published_dir: &Path, generation: Option<u64>) -> Result<VerifyReport, WarehouseError> {
    let watch = Stopwatch::start();
    let manifest = match generation {
        Some(number) => Manifest::read(&published_dir.join(layout::manifest_file(number)))?,
        None => current_manifest(published_dir)?.ok_or(WarehouseError::NoGeneration)?,
    };
    let mut problems = Vec::new();
    let mut note = |outcome: Result<(), WarehouseError>| problems.extend(outcome.err().map(|error| error.to_string()));
    let mut bytes = 0;
    for file in manifest.files() {
        note(file.check_content(published_dir));
        bytes += file.size;
    }
    note(check_series(published_dir, &manifest));
    match merged_tables(published_dir, &manifest) {
        Ok(tables) => problems.extend(table_problems(&manifest, &tables)),
        Err(error) => problems.push(error.to_string()),
    }
    // The first look at a file may have said the same as the second.
    problems.sort_unstable();
    problems.dedup();
    let rows = manifest.tables.values().map(|sum| sum.rows).sum();
    Ok(VerifyReport { manifest, problems, bytes, rows, elapsed_ms: watch.elapsed().as_millis() as u64 })
}

fn check_series(published: &Path, manifest: &Manifest) -> Result<(), WarehouseError> {
    match &manifest.base {
        Some(base) => SeriesFile::open(&published.join(&base.series.name))?.check_all(),
        None => Ok(()),
    }
}

/// The merged counts and hashes, from the rows themselves.
fn merged_tables(published: &Path, manifest: &Manifest) -> Result<Vec<(String, TableSum)>, WarehouseError> {
    let conn = sums::open(Path::new(""), MEMORY_LIMIT_MB, THREADS)?;
    let tail = published.join(&manifest.tail.name);
    let meta = sums::attach_tail(&conn, &tail)?;
    let expected = manifest.base.as_ref().map(|base| base.number);
    if meta.base != expected || meta.commit_seq != manifest.commit_seq {
        let detail = format!("it says base {:?}, commit {}; its manifest says otherwise", meta.base, meta.commit_seq);
        return Err(WarehouseError::Damaged { file: tail, detail });
    }
    let is_older = manifest.schema_version < SCHEMA_VERSION;
    let base_tables = match &manifest.base {
        Some(base) => {
            let file = published.join(&base.database.name);
            sums::attach_base(&conn, &file)?;
            if is_older {
                sums::scan_all(&conn, sums::BASE, &file)?;
            }
            Some(sums::base_tables(&conn, &file)?)
        }
        None => None,
    };
    sums::scan_all(&conn, sums::TAIL, &tail)?;
    if is_older {
        return Ok(Vec::new());
    }
    Ok(sums::merged(&conn, base_tables.as_ref(), &tail)?.into_iter().collect())
}

fn table_problems(manifest: &Manifest, tables: &[(String, TableSum)]) -> Vec<String> {
    let describe = |sum: Option<&TableSum>| match sum {
        Some(sum) => format!("{} rows with hash {}", sum.rows, sum.logical_hash),
        None => "nothing".to_owned(),
    };
    let differing = tables.iter().filter(|(name, sum)| manifest.tables.get(name) != Some(sum));
    let problem = |(name, sum): &(String, TableSum)| {
        format!("table {name} has {}, the manifest says {}", describe(Some(sum)), describe(manifest.tables.get(name)))
    };
    differing.map(problem).collect()
}
