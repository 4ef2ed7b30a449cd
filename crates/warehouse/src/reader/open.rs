//! Opens a generation: checks its files, attaches them, loads what is answered from memory.

use std::{
    fs::File,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use super::{
    Generation, ReaderOptions,
    database::{Attached, Database},
    days::{self, Days},
    generation::Files,
    identity::Identity,
    instruments::{self, Instruments},
    scan::BaseFacts,
    store::BarStore,
};
use crate::{
    WarehouseError, layout,
    manifest::{FileRef, Manifest},
    schema::SCHEMA_VERSION,
    series::SeriesFile,
};

/// What the generations over one base share.
#[derive(Default)]
pub(super) struct SharedBase {
    series: Mutex<(u64, Weak<SeriesFile>)>,
    /// The base database whose content was compared last: a base stays for a month, its generations change daily.
    verified: Mutex<Option<FileRef>>,
    facts: Mutex<(u64, Arc<OnceLock<BaseFacts>>)>,
}

impl SharedBase {
    fn series(&self, published: &Path, base: u64) -> Result<Arc<SeriesFile>, WarehouseError> {
        let mut last = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        if let (number, file) = &*last
            && *number == base
            && let Some(file) = file.upgrade()
        {
            return Ok(file);
        }
        let file = Arc::new(SeriesFile::open(&published.join(layout::series_file(base)))?);
        *last = (base, Arc::downgrade(&file));
        Ok(file)
    }

    /// What is asked of a base once, by whoever asks first.
    fn facts(&self, base: u64) -> Arc<OnceLock<BaseFacts>> {
        let mut last = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != base {
            *last = (base, Arc::default());
        }
        Arc::clone(&last.1)
    }

    /// Compares length and content of a base database, the content once.
    fn verify(&self, published: &Path, file: &FileRef) -> Result<(), WarehouseError> {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.as_ref() == Some(file) {
            return file.check_size(published);
        }
        file.check_content(published)?;
        *verified = Some(file.clone());
        Ok(())
    }
}

/// Opens the generation whose manifest is the file `name` in `published`.
///
/// # Errors
/// `Damaged` naming the file, `SchemaTooNew`. A series file that cannot be used is no error: the generation says so.
pub(super) fn open(
    published: &Path,
    name: &str,
    database: &Arc<Database>,
    shared: &SharedBase,
    options: &ReaderOptions,
) -> Result<Generation, WarehouseError> {
    let path = published.join(name);
    let damaged = |error: std::io::Error| WarehouseError::Damaged { file: path.clone(), detail: error.to_string() };
    let file = File::open(&path).map_err(damaged)?;
    // The writer keeps a generation whose manifest is locked. A file system without locks only loses that.
    if let Err(error) = file.try_lock_shared() {
        tracing::debug!(error = %error, "lock {name}: {error}");
    }
    let manifest = Manifest::read(&path)?;
    // Before anything of them is read: what is replaced from now on counts as replaced.
    let identity = Identity::of(published, &manifest);
    check_files(published, &manifest, options.verify_on_open.then_some(shared))?;

    let tail_path = published.join(&manifest.tail.name);
    let tail = database.attach(&tail_path, &format!("tail_{}", manifest.generation))?;
    let base = match &manifest.base {
        Some(base) => Some(database.attach(&published.join(&base.database.name), &format!("base_{}", base.number))?),
        None => None,
    };
    check_meta(database, &tail, &tail_path, &manifest)?;

    let opened = manifest.base.as_ref().map(|base| open_series(published, base.number, shared, &manifest));
    let store = BarStore::load(database, &tail, base.as_ref().zip(opened), options.tail_rows_max)
        .map_err(|error| as_damage(error, &tail_path))?;
    let loaded = database.query(|conn, _| {
        let calendar = instruments::load_calendar(conn, tail.name())?;
        let (partitions, withheld) = days::load_partitions(conn, tail.name())?;
        let suspended = days::load_suspensions(conn, tail.name(), base.as_ref().map(Attached::name))?;
        let interrupted = days::load_interrupted(conn, tail.name())?;
        let days = Days::new(&calendar, &partitions, manifest.last_trade_date, suspended, interrupted);
        Ok((calendar, withheld, days, Instruments::load(conn, tail.name())?))
    });
    let (calendar, withheld, days, instruments) = loaded.map_err(|error| as_damage(error, &tail_path))?;
    let files = Files { tail, base, identity, _manifest: file };
    let base_facts = manifest.base.as_ref().map_or_else(Arc::default, |base| shared.facts(base.number));
    Ok(Generation {
        manifest,
        store,
        days,
        calendar,
        instruments,
        withheld,
        database: Arc::clone(database),
        files,
        base_facts,
        sources: OnceLock::new(),
    })
}

/// Compares lengths, and contents if asked to. The series file is a cache: its own checksums decide about it.
fn check_files(published: &Path, manifest: &Manifest, content: Option<&SharedBase>) -> Result<(), WarehouseError> {
    if let Some(base) = &manifest.base {
        match content {
            Some(shared) => shared.verify(published, &base.database)?,
            None => base.database.check_size(published)?,
        }
    }
    match content {
        Some(_) => manifest.tail.check_content(published),
        None => manifest.tail.check_size(published),
    }
}

/// The tail must say what the manifest says about it.
fn check_meta(database: &Database, tail: &Attached, path: &Path, manifest: &Manifest) -> Result<(), WarehouseError> {
    let damaged = |detail: String| WarehouseError::Damaged { file: path.to_owned(), detail };
    let meta = |key: &str| {
        let sql = format!("SELECT value FROM {}.meta WHERE key = ?", tail.name());
        database.query(|conn, _| Ok(conn.query_row(&sql, [key], |row| row.get::<_, String>(0))?))
    };
    let schema = meta("schema_version").map_err(|error| as_damage(error, path))?;
    let schema: u32 = schema.parse().map_err(|_| damaged(format!("its schema is `{schema}`")))?;
    if schema > SCHEMA_VERSION {
        return Err(WarehouseError::SchemaTooNew { found: schema, supported: SCHEMA_VERSION });
    }
    let base = meta("base").map_err(|error| as_damage(error, path))?;
    let expected = manifest.base.as_ref().map_or(String::new(), |base| base.number.to_string());
    if base != expected {
        return Err(damaged(format!("it belongs to base `{base}`, its manifest says `{expected}`")));
    }
    Ok(())
}

fn open_series(
    published: &Path,
    base: u64,
    shared: &SharedBase,
    manifest: &Manifest,
) -> Result<Arc<SeriesFile>, String> {
    let opened = shared.series(published, base).map_err(|error| error.to_string());
    if let Err(detail) = &opened {
        let generation = manifest.generation;
        tracing::warn!(generation, detail, "series file cannot be used, DuckDB answers instead: {detail}");
    }
    opened
}

/// While a generation is opened, what DuckDB cannot read is damage: nobody else has the file open for writing.
fn as_damage(error: WarehouseError, file: &Path) -> WarehouseError {
    match error {
        WarehouseError::Database(error) => WarehouseError::Damaged { file: file.to_owned(), detail: error.to_string() },
        other => other,
    }
}
