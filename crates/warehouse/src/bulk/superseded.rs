//! Values that staged rows replaced, and staged ones that came too late: they go to `normalized_revision`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use duckdb::{
    Connection,
    arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch},
};

use super::keyed;
use crate::{WarehouseError, arrow_rows, engine::quote, schema::Table, writer::merge};

/// So many rows are handed to DuckDB at a time.
const ROWS_AT_ONCE: usize = 20_000;

/// The superseded rows of one table, on their way into a temporary table that may spill to disk.
#[derive(Debug)]
pub(super) struct Superseded {
    table: &'static Table,
    /// Of the code at hand: rows of the stored (0) and the staged (1) batch, and the id of the response that prevailed.
    rows: Vec<(usize, usize)>,
    prevailing: Vec<Option<i64>>,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    /// Whether there have been any.
    any: bool,
}

impl Superseded {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, rows: Vec::new(), prevailing: Vec::new(), pending: Vec::new(), pending_rows: 0, any: false }
    }

    /// The stored row was replaced by one of the response `by`.
    pub(super) fn replaced(&mut self, stored: usize, by: Option<i64>) {
        self.rows.push((0, stored));
        self.prevailing.push(by);
    }

    /// The staged row is older than the stored one of the response `by`, which stays.
    pub(super) fn late(&mut self, staged: usize, by: Option<i64>) {
        self.rows.push((1, staged));
        self.prevailing.push(by);
    }

    /// Keeps the rows noted since the last call.
    pub(super) fn keep(&mut self, stored: &RecordBatch, staged: &RecordBatch) -> Result<(), WarehouseError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let batch = keyed::select(&[stored, staged], &self.rows)?;
        let prevailing: ArrayRef = Arc::new(self.prevailing.drain(..).collect::<Int64Array>());
        let late: ArrayRef = Arc::new(self.rows.drain(..).map(|(from, _)| Some(from == 1)).collect::<BooleanArray>());
        let columns = batch.columns().iter().cloned().chain([prevailing, late]);
        let names = (0..).map(|at: usize| format!("c{at}"));
        let batch =
            RecordBatch::try_from_iter_with_nullable(names.zip(columns).map(|(name, column)| (name, column, true)))
                .map_err(keyed::arrow_error)?;
        self.pending_rows += batch.num_rows();
        self.pending.push(batch);
        Ok(())
    }

    /// Hands the rows to DuckDB if there are many; all of them if `all`.
    pub(super) fn flush(&mut self, conn: &Connection, all: bool) -> Result<(), WarehouseError> {
        if self.pending_rows == 0 || (!all && self.pending_rows < ROWS_AT_ONCE) {
            return Ok(());
        }
        let (name, table) = (self.temp(), self.table.name);
        if !self.any {
            conn.execute_batch(&format!(
                "CREATE OR REPLACE TEMP TABLE {name} AS
                 SELECT *, NULL::BIGINT AS prevailing_raw_id, false AS late FROM {table} LIMIT 0"
            ))?;
            self.any = true;
        }
        let batch = keyed::concat(&self.pending)?;
        arrow_rows::append_temp(conn, &name, batch.map_or_else(Vec::new, |batch| batch.columns().to_vec()))?;
        self.pending.clear();
        self.pending_rows = 0;
        Ok(())
    }

    /// What to add to `normalized_revision`, as a query whose rows have the columns of that table; `None` for nothing. A
    /// late value that is there already is not repeated; `known` are the revisions there are.
    pub(super) fn revisions(&self, known: &str, now: DateTime<Utc>) -> Option<String> {
        self.any.then(|| {
            format!(
                "SELECT n.* FROM (
                     SELECT {dataset} AS dataset, x.code, x.trade_date, x.source, {row} AS old_row, x.raw_id AS old_raw_id,
                            x.prevailing_raw_id AS new_raw_id, TIMESTAMP '{now}' AS superseded_at
                     FROM {temp} x WHERE NOT x.late) n
                 UNION ALL
                 SELECT n.* FROM (
                     SELECT {dataset} AS dataset, x.code, x.trade_date, x.source, {row} AS old_row, x.raw_id AS old_raw_id,
                            x.prevailing_raw_id AS new_raw_id, TIMESTAMP '{now}' AS superseded_at
                     FROM {temp} x WHERE x.late) n
                 ANTI JOIN ({known}) r ON r.dataset = n.dataset AND r.code = n.code AND r.old_row = n.old_row
                      AND r.source = n.source AND r.trade_date = n.trade_date",
                dataset = quote(self.table.name),
                row = merge::json(self.table, "x"),
                temp = self.temp(),
                now = now.naive_utc(),
            )
        })
    }

    fn temp(&self) -> String {
        format!("superseded_{}", self.table.name)
    }
}
