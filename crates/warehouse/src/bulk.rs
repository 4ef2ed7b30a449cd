//! Loads whole histories straight into the next base, in bounded memory.
//!
//! Two passes, code by code. The first ([`loading`]) lays the staged rows over those of base and tail and writes the
//! normalized tables of the next base. Then it is known which days are complete ([`coverage`]), and the second
//! ([`curating`]) reads the merged rows back and computes what is curated from them, with the rules of an ordinary commit.
//! Each pass prepares rows on one thread while others write them.
//!
//! Everything is built beside the files in use. The one step that counts is the rename of the new tail onto the old one,
//! as in a compaction.

mod coverage;
mod curating;
mod cursor;
mod keyed;
mod left_out;
mod loading;
mod merge;
mod next_tail;
mod responses;
mod rows;
mod staged;
mod superseded;
mod worker;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use staged::{BulkLoaded, StagedCode};

use self::{curating::Setting, loading::MERGED, next_tail::NextTail, superseded::Superseded};
use crate::{
    Step, WarehouseError, Writer,
    base::NextBase,
    compact::{Moving, archive, fresh_tail, history},
    raw,
    stopwatch::Stopwatch,
    writer::{BASE, Session},
};

/// What DuckDB may keep while rows pass by, MB: enough for the row groups in the making. What is written is not read again
/// soon, so that more would only fill up with it. Threads of its own it needs none then: who waits for a streamed row spins,
/// and the rows are compressed on the threads that hand them over.
const PASSING_MB: u32 = 128;

impl Writer {
    /// Builds the next base from base, tail and `staged` (the codes of `source`, ascending) and starts a new tail. The
    /// content is what committing the same rows as ordinary batches gives, with those days complete that enough of the
    /// listed codes were handed over for; codes that were handed over in earlier loads count. `progress` is told the
    /// number of bars taken so far, code by code.
    ///
    /// Memory does not grow with the number of codes. Of equal values of two responses the later response becomes the row's
    /// origin; in everything else the rules are those of [`Writer::commit`]. Without any staged code nothing is done.
    ///
    /// # Errors
    /// `BadBatch` if codes or days do not ascend or a row names a response that is absent; whatever `staged` says;
    /// `DiskFull` and others. The old state is in use then, and the writer is open unless that failed too.
    pub fn bulk_load(
        &mut self,
        source: &str,
        staged: impl Iterator<Item = Result<StagedCode, WarehouseError>>,
        now: DateTime<Utc>,
        progress: impl FnMut(u64),
    ) -> Result<BulkLoaded, WarehouseError> {
        let watch = Stopwatch::start();
        // The names of the raw tables follow from it.
        raw::table_name(source, "bars")?;
        let mut staged = staged.peekable();
        if staged.peek().is_none() {
            let base = self.session()?.base_number().unwrap_or(0);
            return Ok(BulkLoaded { base, ..BulkLoaded::default() });
        }
        let prepared = self.prepare_bulk(source, staged, now, progress);
        let outcome = prepared.and_then(|loaded| {
            self.swap(Step::BulkBeforeSwap, Step::BulkAfterSwap)?;
            Ok(loaded)
        });
        let reopened = self.reopen();
        let mut loaded = outcome?;
        reopened?;
        loaded.elapsed_ms = watch.elapsed().as_millis() as u64;
        tracing::info!(
            base = loaded.base,
            codes = loaded.codes,
            bars = loaded.bars,
            elapsed_ms = loaded.elapsed_ms,
            "loaded {} bars of {} codes into base {}",
            loaded.bars,
            loaded.codes,
            loaded.base
        );
        Ok(loaded)
    }

    /// Writes the new base, the archives and the new tail, all beside what is in use.
    fn prepare_bulk(
        &self,
        source: &str,
        staged: impl Iterator<Item = Result<StagedCode, WarehouseError>>,
        now: DateTime<Utc>,
        progress: impl FnMut(u64),
    ) -> Result<BulkLoaded, WarehouseError> {
        let session = self.session()?;
        let conn = &session.conn;
        let moving = Moving { source: Some(source) };
        let mut watch = Stopwatch::start();
        let mut steps_ms = BTreeMap::new();
        let mut lap = |step: &str| steps_ms.insert(step.to_owned(), watch.lap_ms());
        // A row group is written as soon as it is full.
        conn.execute_batch("SET GLOBAL write_buffer_row_group_count = 1")?;
        archive::begin(&self.layout)?;
        let next = NextBase::create(conn, &self.layout, session.base_number().unwrap_or(0) + 1)?;
        // Features are computed for all codes; everything else that is copied stays as it is.
        fresh_tail::create(session, &self.layout, &["feature_daily"])?;
        let mut tail = NextTail::open(session, source, &self.options, now)?;
        self.grant(PASSING_MB, 1)?;
        let loaded = loading::load(self, session, source, staged, &mut tail, now, progress)?;
        tail.commit()?;
        self.grant(u32::MAX, u32::MAX)?;
        self.options.step(Step::BulkRowsWritten);
        lap("rows");

        let judged = loaded.coverage.judge(self.options.coverage_percent);
        let (complete_days, incomplete_days) =
            coverage::store(&tail.conn, session, source, &loaded.coverage, &judged, now)?;
        write_rest(session, moving, &loaded.superseded, now)?;
        tail.settle(session.commit_seq + 1)?;
        lap("days");

        let setting = Setting { session, next: &next, options: &self.options, now, moving };
        self.grant(PASSING_MB, 1)?;
        let curated = curating::curate(setting, &tail.conn)?;
        drop(tail);
        self.grant(u32::MAX, u32::MAX)?;
        history::seal_days(conn, fresh_tail::FRESH)?;
        lap("curate");
        next.checkpoint(conn)?;
        lap("checkpoint");
        let mut tables = loaded.sums;
        tables.insert("curated_daily".to_owned(), curated.sum);
        let tables = next.sums(conn, tables)?;
        lap("sums");
        let number = next.number();
        let manifest = next.finish(conn, tables, curated.series, now)?;
        self.options.step(Step::BulkBaseWritten);
        lap("durable");

        archive::archive(conn, &self.layout)?;
        fresh_tail::set(session, "next_raw_id", &loaded.next_raw_id.to_string())?;
        fresh_tail::finish(session, number, moving)?;
        lap("tail");
        Ok(BulkLoaded {
            base: number,
            rows: curated.series.rows,
            complete_days,
            incomplete_days,
            base_bytes: manifest.database.size,
            steps_ms,
            ..loaded.counts
        })
    }

    /// Lets DuckDB use so many MB and threads, but no more than the options say.
    fn grant(&self, mb: u32, threads: u32) -> Result<(), WarehouseError> {
        let (mb, threads) = (mb.min(self.options.memory_limit_mb), threads.min(self.options.threads).max(1));
        let sql = format!("SET GLOBAL max_memory = '{mb}MiB'; SET GLOBAL threads = {threads}");
        Ok(self.session()?.conn.execute_batch(&sql)?)
    }
}

/// Writes the tables of the next base that are not merged row by row: suspensions, and what was superseded.
fn write_rest(
    session: &Session,
    moving: Moving<'_>,
    superseded: &[Superseded],
    now: DateTime<Utc>,
) -> Result<(), WarehouseError> {
    const REVISION: &str = "normalized_revision";
    let mut known = format!("FROM {REVISION}");
    if session.base.is_some() {
        known = format!("{known} UNION ALL FROM {BASE}.{REVISION}");
    }
    let more: Vec<String> = superseded.iter().filter_map(|rows| rows.revisions(&known, now)).collect();
    let more = (!more.is_empty()).then(|| more.join(" UNION ALL "));
    let transaction = session.conn.unchecked_transaction()?;
    let chunks = history::chunks(session)?;
    for name in crate::schema::BASE_TABLES.iter().filter(|name| !MERGED.contains(name) && **name != "curated_daily") {
        let more = more.as_deref().filter(|_| *name == REVISION);
        history::write_table(session, name, &chunks, moving, more)?;
    }
    Ok(transaction.commit()?)
}
