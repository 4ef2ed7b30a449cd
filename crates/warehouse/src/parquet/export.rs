//! The steps of an export, in their order.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::Path,
};

use duckdb::Connection;

use super::{
    described::Described,
    manifest::{FORMAT, ParquetManifest, ParquetTable},
    options::{ParquetOptions, ParquetStep},
    parts::{self, BASE, TAIL},
    retain, write,
};
use crate::{
    WarehouseError, engine,
    logical::Sum,
    manifest::{Manifest, TableSum},
    reader::read_current,
    schema::{HASHED_TABLES, SCHEMA_VERSION, Table},
    stopwatch::Stopwatch,
    writer::WriterLock,
};

/// CURRENT may be flipped, and the generation it named removed, between two reads.
const ATTEMPTS: u32 = 3;

/// A generation that is there as Parquet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParquetExported {
    /// Its number.
    pub generation: u64,
    /// Files that it consists of.
    pub files: usize,
    /// Their length in bytes.
    pub bytes: u64,
    /// Those of them that were written now; the others were there.
    pub files_written: usize,
    /// Their length in bytes.
    pub bytes_written: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
}

/// Writes the current generation of `published` as Parquet into `folder` and makes it the current one there. Does nothing
/// if it is already.
///
/// # Errors
/// `NoGeneration`; `Locked` while another process exports into this folder; `DiskFull`; `Unavailable` when told to stop or
/// for a generation of an older schema, which the next publish replaces; `Damaged`. What was current in `folder` stays so,
/// and the next export goes on where this one ended.
pub fn export_generation(
    published: &Path,
    folder: &Path,
    options: &ParquetOptions,
) -> Result<ParquetExported, WarehouseError> {
    let watch = Stopwatch::start();
    fs::create_dir_all(folder)?;
    let _one_at_a_time = WriterLock::acquire(&folder.join("export.lock"))?;
    let (generation, _held) = hold_current(published)?;
    if let Some(current) = whole_current(folder).filter(|current| current.generation == generation.generation) {
        return Ok(described_as(&current, (0, 0), watch.elapsed().as_millis() as u64));
    }
    if generation.schema_version != SCHEMA_VERSION {
        let detail = format!("generation {} has an older schema, the next has this one", generation.generation);
        return Err(WarehouseError::Unavailable(detail));
    }
    retain::clear_unfinished(folder)?;
    let spill = folder.join("spill");
    let outcome = export(published, folder, &generation, &spill, options);
    if spill.exists() {
        let _ = fs::remove_dir_all(&spill);
    }
    let (manifest, written) = outcome?;
    options.step(ParquetStep::ManifestWritten);
    manifest.flip(folder)?;
    options.step(ParquetStep::AfterFlip);

    // The generation is current: what cannot be tidied up now is no failure of the export.
    let tidied =
        Described::finish(folder).and_then(|()| retain::retain(folder, manifest.generation, options.keep_generations));
    if let Err(error) = tidied {
        tracing::warn!(error = %error, "remove old Parquet files: {error}");
    }
    let exported = described_as(&manifest, written, watch.elapsed().as_millis() as u64);
    tracing::info!(
        generation = exported.generation,
        files = exported.files,
        files_written = exported.files_written,
        bytes_written = exported.bytes_written,
        elapsed_ms = exported.elapsed_ms,
        "generation {} is there as Parquet",
        exported.generation
    );
    Ok(exported)
}

/// The current generation, held: the writer keeps one whose manifest is locked.
fn hold_current(published: &Path) -> Result<(Manifest, File), WarehouseError> {
    let mut failure = WarehouseError::NoGeneration;
    for _ in 0..ATTEMPTS {
        let path = published.join(read_current(published)?.ok_or(WarehouseError::NoGeneration)?);
        let held = File::open(&path).map_err(WarehouseError::from).and_then(|file| {
            // A file system without locks only loses that.
            if let Err(error) = file.try_lock_shared() {
                tracing::debug!(error = %error, "lock {}: {error}", path.display());
            }
            Ok((Manifest::read(&path)?, file))
        });
        match held {
            Ok(held) => return Ok(held),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// The current manifest of `folder`, if all its files are there in their length.
fn whole_current(folder: &Path) -> Option<ParquetManifest> {
    let current = ParquetManifest::current(folder)
        .inspect_err(|error| tracing::warn!(error = %error, "the exported generation is written again: {error}"));
    current.ok().flatten().filter(|current| current.files().all(|(_, file)| file.check_size(folder).is_ok()))
}

/// Writes what is not there yet and then the manifest; also counts the files written and their bytes.
fn export(
    published: &Path,
    folder: &Path,
    generation: &Manifest,
    spill: &Path,
    options: &ParquetOptions,
) -> Result<(ParquetManifest, (usize, u64)), WarehouseError> {
    let limits = engine::Limits { memory_mb: options.memory_limit_mb, threads: options.threads, temp_dir: spill };
    let conn = engine::open(None, limits)?;
    engine::attach(&conn, &published.join(&generation.tail.name), TAIL, true)?;
    if let Some(base) = &generation.base {
        engine::attach(&conn, &published.join(&base.database.name), BASE, true)?;
    }
    let mut described = Described::read(folder)?;
    let (mut tables, mut written) = (BTreeMap::new(), (0, 0));
    for table in HASHED_TABLES {
        let exported = export_table(&conn, folder, generation, table, &mut described, options, &mut written)?;
        tables.insert(table.name.to_owned(), exported);
    }
    let manifest = ParquetManifest {
        format: FORMAT,
        generation: generation.generation,
        published_at: generation.published_at,
        schema_version: generation.schema_version,
        logical_hash: generation.logical_hash.clone(),
        last_trade_date: generation.last_trade_date,
        tables,
    };
    manifest.write(folder)?;
    Ok((manifest, written))
}

fn export_table(
    conn: &Connection,
    folder: &Path,
    generation: &Manifest,
    table: &Table,
    described: &mut Described,
    options: &ParquetOptions,
    written: &mut (usize, u64),
) -> Result<ParquetTable, WarehouseError> {
    fs::create_dir_all(folder.join(table.name))?;
    let columns = parts::columns(conn, table)?;
    let (mut files, mut sum) = (Vec::new(), Sum::default());
    for part in parts::of(conn, table, &columns, generation.base.as_ref())? {
        options.go_on()?;
        let file = match described.find(folder, &part.path) {
            Some(file) => file.clone(),
            None => {
                let file = write::write(conn, folder, table, &part, options)?;
                options.step(ParquetStep::FileInPlace);
                described.add(folder, &file)?;
                options.step(ParquetStep::FileDescribed);
                *written = (written.0 + 1, written.1 + file.size);
                file
            }
        };
        sum = sum.plus(Sum::parse(&file.sum())?);
        files.push(file);
    }
    // Rows add up: the files together must say what the generation's manifest says of the merged table.
    let sum = TableSum::from(sum);
    let expected = generation.tables.get(table.name).cloned().unwrap_or_default();
    if sum != expected {
        let detail = format!("the files of {} hold {sum:?}, the generation {expected:?}", table.name);
        return Err(WarehouseError::Damaged { file: folder.join(table.name), detail });
    }
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Ok(ParquetTable {
        rows: sum.rows,
        logical_hash: sum.logical_hash,
        hashed: owned(&table.columns().collect::<Vec<_>>()),
        key: owned(table.key),
        columns,
        partitioned_by: parts::partitioned_by(table).map(str::to_owned),
        files,
    })
}

fn described_as(manifest: &ParquetManifest, written: (usize, u64), elapsed_ms: u64) -> ParquetExported {
    ParquetExported {
        generation: manifest.generation,
        files: manifest.files().count(),
        bytes: manifest.files().map(|(_, file)| file.size).sum(),
        files_written: written.0,
        bytes_written: written.1,
        elapsed_ms,
    }
}
