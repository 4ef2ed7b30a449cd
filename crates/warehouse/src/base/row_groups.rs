//! Rows on their way into a table, in the order of the table.

use duckdb::{Connection, arrow::array::RecordBatch};

use crate::WarehouseError;

/// So many rows are handed to DuckDB at a time. A row group (122,880 rows) consists of just so many portions: DuckDB's
/// checkpoint merges row groups that are not full, and the file keeps the room of what it merged.
const PORTION: usize = 20_480;

/// Collects record batches and hands them to DuckDB portion by portion. In one transaction, full row groups then go to the
/// file at once, compressed, instead of to the log and then again.
#[derive(Debug)]
pub(crate) struct RowGroups<'a> {
    conn: &'a Connection,
    catalog: &'a str,
    table: &'a str,
    pending: Vec<RecordBatch>,
    rows: usize,
    handed_over: u64,
}

impl<'a> RowGroups<'a> {
    /// For `catalog.table`.
    pub(crate) fn new(conn: &'a Connection, catalog: &'a str, table: &'a str) -> Self {
        Self { conn, catalog, table, pending: Vec::new(), rows: 0, handed_over: 0 }
    }

    /// Takes rows; their columns match the table's by position and type.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), WarehouseError> {
        self.rows += batch.num_rows();
        self.pending.push(batch);
        self.flush(PORTION)
    }

    /// Hands over the last portion, which may be smaller, and returns how many rows there were in all.
    pub(crate) fn finish(mut self) -> Result<u64, WarehouseError> {
        self.flush(1)?;
        Ok(self.handed_over)
    }

    /// Hands over portions as long as at least so many rows are waiting.
    fn flush(&mut self, at_least: usize) -> Result<(), WarehouseError> {
        while self.rows >= at_least {
            let mut appender = self.conn.appender_to_catalog_and_db(self.table, self.catalog, "main")?;
            let (mut room, mut rest) = (PORTION, Vec::new());
            for batch in self.pending.drain(..) {
                let taken = batch.num_rows().min(room);
                if taken > 0 {
                    appender.append_record_batch(batch.slice(0, taken))?;
                }
                if taken < batch.num_rows() {
                    rest.push(batch.slice(taken, batch.num_rows() - taken));
                }
                room -= taken;
            }
            // Dropping an appender swallows its errors.
            appender.flush()?;
            self.pending = rest;
            self.rows -= PORTION - room;
            self.handed_over += (PORTION - room) as u64;
        }
        Ok(())
    }
}
