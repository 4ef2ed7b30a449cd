//! Compaction: the next base from base and tail, and a new, small tail.
//!
//! Everything is built beside the files in use. The one step that counts is the rename of the new tail onto the old one:
//! it names the new base, so that a crash before it leaves the old state and a crash after it the new one. What a crash
//! leaves besides is removed when the writer opens next.

pub(crate) mod archive;
pub(crate) mod fresh_tail;
pub(crate) mod history;
mod moving;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub(crate) use moving::Moving;

use crate::{
    Step, WarehouseError, Writer, base::NextBase, durable, manifest::TableSum, stopwatch::Stopwatch, writer::Session,
};

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// The base in use now; 0 if there was nothing to compact and there is none.
    pub base: u64,
    /// Curated rows in it.
    pub rows: u64,
    /// Rows of all tables that moved from the tail into it.
    pub moved: u64,
    /// Raw responses that moved to the archive.
    pub archived: u64,
    /// Length of the new base in bytes.
    pub base_bytes: u64,
    /// How long it took, milliseconds.
    pub elapsed_ms: u64,
}

impl Writer {
    /// Builds the next base from base and tail and starts a new tail. The content does not change: the logical hash is the
    /// same before and after, and that is checked before anything is replaced.
    ///
    /// Days that are withheld stay in the tail; complete ones are sealed: from then on they are not taken back when the
    /// list of instruments changes.
    ///
    /// # Errors
    /// `DiskFull` and others; the old state is in use then, and the writer is open unless that failed too.
    pub fn compact(&mut self, now: DateTime<Utc>) -> Result<Compacted, WarehouseError> {
        let watch = Stopwatch::start();
        if history::rows_to_move(self.session()?)? == 0 {
            let manifest = self.session()?.base.as_ref().map(|base| &base.manifest);
            return Ok(Compacted {
                base: manifest.map_or(0, |manifest| manifest.number),
                rows: manifest.map_or(0, |manifest| rows(&manifest.tables)),
                moved: 0,
                archived: 0,
                base_bytes: manifest.map_or(0, |manifest| manifest.database.size),
                elapsed_ms: watch.elapsed().as_millis() as u64,
            });
        }
        let prepared = self.prepare(now);
        let outcome = prepared.and_then(|compacted| {
            self.swap(Step::CompactBeforeSwap, Step::CompactAfterSwap)?;
            Ok(compacted)
        });
        let reopened = self.reopen();
        let mut compacted = outcome?;
        reopened?;
        compacted.elapsed_ms = watch.elapsed().as_millis() as u64;
        tracing::info!(
            base = compacted.base,
            rows = compacted.rows,
            elapsed_ms = compacted.elapsed_ms,
            "compacted into base {}",
            compacted.base
        );
        Ok(compacted)
    }

    /// Writes the new base, the archive and the new tail, all beside what is in use.
    fn prepare(&self, now: DateTime<Utc>) -> Result<Compacted, WarehouseError> {
        let session = self.session()?;
        let moved = history::rows_to_move(session)?;
        let next = NextBase::create(&session.conn, &self.layout, session.base_number().unwrap_or(0) + 1)?;
        let number = next.number();
        let tables = fill(session, &next)?;
        let summary = next.write_series(&session.conn)?;
        let manifest = next.finish(&session.conn, tables, summary, now)?;
        self.options.step(Step::CompactBaseWritten);
        let archived = archive::archive(&session.conn, &self.layout)?;
        fresh_tail::create(session, &self.layout, &[])?;
        fresh_tail::finish(session, number, Moving::default())?;
        Ok(Compacted {
            base: number,
            rows: rows(&manifest.tables),
            moved,
            archived,
            base_bytes: manifest.database.size,
            elapsed_ms: 0,
        })
    }

    /// Puts the new tail in the old one's place; told of just before and just after.
    pub(crate) fn swap(&mut self, before: Step, after: Step) -> Result<(), WarehouseError> {
        // The old tail's log must not be found beside the new tail.
        self.session()?.conn.execute_batch("CHECKPOINT")?;
        self.close()?;
        let log = crate::Layout::wal(&self.layout.tail());
        if log.exists() {
            return Err(WarehouseError::Unavailable(format!("{} is still there after a checkpoint", log.display())));
        }
        self.options.step(before);
        durable::rename(&fresh_tail::path(&self.layout), &self.layout.tail())?;
        self.options.step(after);
        Ok(())
    }
}

/// Fills the next base and checks that it holds what it should.
fn fill(session: &Session, next: &NextBase) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
    let expected = history::expected_sums(session)?;
    // One transaction: full row groups go to the file at once, compressed, instead of to the log and then again.
    let transaction = session.conn.unchecked_transaction()?;
    history::write(session)?;
    transaction.commit()?;
    next.checkpoint(&session.conn)?;
    let written = next.sums(&session.conn, BTreeMap::new())?;
    for (table, sum) in &expected {
        if written.get(table) != Some(sum) {
            let found = written.get(table);
            return Err(WarehouseError::Other(format!("the new base's {table} is {found:?}, it should be {sum:?}")));
        }
    }
    Ok(written)
}

fn rows(tables: &BTreeMap<String, TableSum>) -> u64 {
    tables.get("curated_daily").map_or(0, |sum| sum.rows)
}
