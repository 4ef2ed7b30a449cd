//! The steps of a publish, in their order.

use std::{collections::BTreeMap, path::Path};

use chrono::{DateTime, NaiveDate, Utc};

use super::{base, copy, leftovers, number, retain, sums};
use crate::{
    Layout, Step, WarehouseError, durable,
    layout::{self, CURRENT_FILE},
    manifest::{self, BaseManifest, FileRef, Manifest},
    reader::read_current,
    schema::SCHEMA_VERSION,
    stopwatch::Stopwatch,
};

/// How a publish works.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PublishOptions {
    /// Generations that stay, the new one included; those that a reader has open stay besides.
    pub(crate) keep_generations: u32,
    /// DuckDB's memory limit in MB while the copy is read back.
    pub(crate) memory_limit_mb: u32,
    /// DuckDB's threads.
    pub(crate) threads: u32,
}

/// A generation that was just published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub generation: u64,
    /// The hash of its content, see [`Manifest::logical_hash`].
    pub logical_hash: String,
    /// The last day with a curated bar.
    pub last_trade_date: Option<NaiveDate>,
    /// Length of its tail in bytes: about what a replica has to fetch.
    pub tail_bytes: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
    /// How long each step took, milliseconds.
    pub steps_ms: BTreeMap<String, u64>,
}

/// Publishes the tail below `root` as the next generation. The caller holds the writer's lock and has **closed** the tail.
///
/// # Errors
/// `DiskFull`, `Damaged` if the copy cannot be read back. The old generation stays current; nothing needs to be undone.
pub(crate) fn publish(
    root: &Path,
    commit_seq: u64,
    options: PublishOptions,
    on_step: &dyn Fn(Step),
    now: DateTime<Utc>,
) -> Result<Published, WarehouseError> {
    let layout = Layout::new(root);
    let published = layout.published();
    let mut steps = Steps::new();

    on_step(Step::BeforePublish);
    std::fs::create_dir_all(&published)?;
    leftovers::clear(&published)?;
    copy::settle(&layout, options)?;
    let generation = number::next(&layout)?;
    steps.done("prepare");

    let copied = published.join(layout::tail_file(generation));
    let outcome = describe(&layout, generation, commit_seq, options, on_step, now, &mut steps);
    let manifest = outcome.inspect_err(|_| {
        // Gives the room back; the next publish would clear it away anyway.
        let _ = std::fs::remove_file(Layout::unfinished(&copied));
        let _ = std::fs::remove_file(&copied);
    })?;
    on_step(Step::Verified);

    manifest.write(&published)?;
    on_step(Step::ManifestWritten);
    on_step(Step::BeforeFlip);
    flip(&published, generation)?;
    on_step(Step::AfterFlip);
    steps.done("flip");

    // The generation is current: what cannot be tidied up now is no failure of the publish.
    if let Err(error) = retain::retain(&published, generation, options.keep_generations) {
        tracing::warn!(generation, error = %error, "remove old generations: {error}");
    }
    steps.done("retain");
    let elapsed_ms = steps.watch.elapsed().as_millis() as u64;
    tracing::info!(
        generation,
        tail.bytes = manifest.tail.size,
        elapsed_ms,
        "published generation {generation} in {elapsed_ms} ms"
    );
    Ok(Published {
        generation,
        logical_hash: manifest.logical_hash,
        last_trade_date: manifest.last_trade_date,
        tail_bytes: manifest.tail.size,
        elapsed_ms,
        steps_ms: steps.ms,
    })
}

/// Copies the tail, reads the copy back and writes down what it is.
fn describe(
    layout: &Layout,
    generation: u64,
    commit_seq: u64,
    options: PublishOptions,
    on_step: &dyn Fn(Step),
    now: DateTime<Utc>,
    steps: &mut Steps,
) -> Result<Manifest, WarehouseError> {
    let published = layout.published();
    let path = published.join(layout::tail_file(generation));
    let (size, sha256) = copy::copy(&layout.tail(), &path, &mut || on_step(Step::CopyHalfway))?;
    on_step(Step::CopyDone);
    steps.done("copy");

    let conn = sums::open(&layout.temp_dir(), options.memory_limit_mb, options.threads)?;
    let meta = sums::attach_tail(&conn, &path)?;
    if meta.commit_seq != commit_seq {
        let detail = format!("it holds commit {} instead of {commit_seq}", meta.commit_seq);
        return Err(WarehouseError::Damaged { file: path, detail });
    }
    let base = meta.base.map(|number| BaseManifest::read(&layout.base_manifest(number))).transpose()?;
    if let Some(base) = &base {
        base::link(layout, base, options)?;
        sums::attach_base(&conn, &published.join(&base.database.name))?;
    }
    steps.done("open");
    sums::scan_all(&conn, sums::TAIL, &path)?;
    let tables = sums::merged(&conn, base.as_ref().map(|base| &base.tables), &path)?;
    let in_tail = sums::last_trade_date(&conn, sums::TAIL)?;
    let in_base = base.as_ref().and_then(|base| base.trade_dates).map(|(_, last)| last);
    let duckdb_version = conn.version()?;
    drop(conn);
    steps.done("verify");

    let tail = FileRef { name: layout::tail_file(generation), size, sha256 };
    Ok(Manifest {
        generation,
        published_at: now,
        commit_seq,
        schema_version: SCHEMA_VERSION,
        duckdb_version,
        base: base.as_ref().map(BaseManifest::reference),
        tail,
        logical_hash: manifest::combined_hash(&tables),
        tables,
        last_trade_date: in_tail.max(in_base),
        steps_ms: steps.ms.clone(),
    })
}

/// Makes `generation` current: the one step that readers see.
pub(super) fn flip(published: &Path, generation: u64) -> Result<(), WarehouseError> {
    let name = layout::manifest_file(generation);
    durable::write_bytes(&published.join(CURRENT_FILE), format!("{name}\n").as_bytes())?;
    debug_assert_eq!(read_current(published).ok().flatten(), Some(name));
    Ok(())
}

/// Times the steps.
struct Steps {
    watch: Stopwatch,
    ms: BTreeMap<String, u64>,
}

impl Steps {
    fn new() -> Self {
        Self { watch: Stopwatch::start(), ms: BTreeMap::new() }
    }

    fn done(&mut self, step: &str) {
        self.ms.insert(step.to_owned(), self.watch.lap_ms());
    }
}
