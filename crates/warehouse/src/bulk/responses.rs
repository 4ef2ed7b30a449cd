//! The raw responses of a bulk load: straight into the archives of their years, not through the tail.

use std::{collections::HashMap, thread::Scope};

use chrono::Datelike;
use duckdb::Connection;

use super::{rows::record_batch, worker::Worker};
use crate::{Layout, RawResponse, WarehouseError, compact::archive, raw};

/// A response and its id.
pub(super) type Numbered = (i64, RawResponse);

/// So many codes' responses may wait for the thread.
const WAITING: usize = 4;
/// So many bytes of bodies are handed to DuckDB at a time.
const BYTES_AT_ONCE: usize = 4 << 20;

/// Starts a thread that archives what it is handed, in one transaction per year; `conn` opens its connections.
pub(super) fn archiver<'scope>(
    scope: &'scope Scope<'scope, '_>,
    conn: Connection,
    layout: Layout,
) -> Worker<'scope, Vec<Numbered>, u64> {
    Worker::start(scope, WAITING, move |inbox| {
        let mut archives = Archives { conn, layout, years: HashMap::new(), archived: 0 };
        let complete = inbox
            .drain(|responses: Vec<Numbered>| responses.into_iter().try_for_each(|numbered| archives.push(numbered)))?;
        archives.close(complete)
    })
}

struct Archives {
    conn: Connection,
    layout: Layout,
    years: HashMap<i32, Year>,
    archived: u64,
}

/// The archive of one year, attached, with a transaction under way.
struct Year {
    conn: Connection,
    catalog: String,
    tables: HashMap<String, Pending>,
}

#[derive(Default)]
struct Pending {
    responses: Vec<Numbered>,
    bytes: usize,
}

impl Archives {
    fn push(&mut self, (id, response): Numbered) -> Result<(), WarehouseError> {
        let table = raw::table_name(&response.source, &response.dataset)?;
        let year = response.fetched_at.year();
        if !self.years.contains_key(&year) {
            let catalog = format!("archive_{year}");
            let conn = self.conn.try_clone()?;
            archive::attach(&conn, &self.layout, year, &catalog)?;
            conn.execute_batch("BEGIN")?;
            self.years.insert(year, Year { conn, catalog, tables: HashMap::new() });
        }
        self.archived += 1;
        match self.years.get_mut(&year) {
            Some(archive) => archive.push(table, (id, response)),
            None => Ok(()),
        }
    }

    fn close(self, complete: bool) -> Result<u64, WarehouseError> {
        for mut year in self.years.into_values() {
            if !complete {
                year.conn.execute_batch("ROLLBACK")?;
                continue;
            }
            for (table, mut pending) in std::mem::take(&mut year.tables) {
                year.write(&table, &mut pending)?;
            }
            let catalog = &year.catalog;
            year.conn.execute_batch(&format!("COMMIT; CHECKPOINT {catalog}; DETACH {catalog}"))?;
        }
        Ok(self.archived)
    }
}

impl Year {
    fn push(&mut self, table: String, numbered: Numbered) -> Result<(), WarehouseError> {
        if !self.tables.contains_key(&table) {
            let sql = format!("CREATE TABLE IF NOT EXISTS {}.{table} {}", self.catalog, raw::COLUMNS);
            self.conn.execute_batch(&sql)?;
        }
        let mut pending = self.tables.remove(&table).unwrap_or_default();
        pending.bytes += numbered.1.body.len();
        pending.responses.push(numbered);
        if pending.bytes >= BYTES_AT_ONCE {
            self.write(&table, &mut pending)?;
        }
        self.tables.insert(table, pending);
        Ok(())
    }

    fn write(&self, table: &str, pending: &mut Pending) -> Result<(), WarehouseError> {
        let responses = std::mem::take(&mut pending.responses);
        pending.bytes = 0;
        if responses.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = responses.iter().map(|(id, response)| (*id, response)).collect();
        let batch = record_batch(raw::columns(&rows))?;
        let mut appender = self.conn.appender_to_catalog_and_db(table, &self.catalog, "main")?;
        appender.append_record_batch(batch)?;
        // Dropping an appender swallows its errors.
        appender.flush()?;
        Ok(())
    }
}
