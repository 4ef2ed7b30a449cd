//! Looks up quarantined rows and the responses they came from.

use duckdb::{Connection, OptionalExt, Row};

use super::QuarantinedRow;
use crate::{RawResponse, WarehouseError, Writer, arrow_rows, compact::archive, engine, raw};

/// The columns that [`read`] reads.
pub(crate) const COLUMNS: &str = "id, dataset, source, rule, code, trade_date, raw_id, raw_row, reason, \
     coalesce(value, '') AS value, candidate, state, quarantined_at, decided_at, decided_by, note";

/// The catalog name of an archive while a response is looked for.
const LOOKED_AT: &str = "looked_at";

/// An entry from a row that begins with [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> duckdb::Result<QuarantinedRow> {
    Ok(QuarantinedRow {
        id: row.get(0)?,
        dataset: row.get(1)?,
        source: row.get(2)?,
        rule: row.get(3)?,
        code: row.get(4)?,
        trade_date: row.get(5)?,
        raw_id: row.get(6)?,
        raw_row: row.get(7)?,
        reason: row.get(8)?,
        value: row.get(9)?,
        candidate: row.get(10)?,
        state: row.get(11)?,
        quarantined_at: row.get(12)?,
        decided_at: row.get(13)?,
        decided_by: row.get(14)?,
        note: row.get(15)?,
    })
}

impl Writer {
    /// The entries with these ids, ascending by id; ids that are unknown are left out.
    pub fn quarantined(&self, ids: &[String]) -> Result<Vec<QuarantinedRow>, WarehouseError> {
        let conn = &self.session()?.conn;
        conn.execute_batch("CREATE OR REPLACE TEMP TABLE wanted (id VARCHAR)")?;
        arrow_rows::append_temp(conn, "wanted", vec![arrow_rows::texts(ids.iter())])?;
        let sql = format!("SELECT {COLUMNS} FROM quarantine SEMI JOIN wanted USING (id) ORDER BY id");
        let mut statement = conn.prepare(&sql)?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The response with the id `raw_id`, from the tail or from the archive of its year. `dataset` is where it is looked for
    /// first: ids are unique over all data sets, and a quarantined row may name its table instead.
    pub fn raw_response(
        &self,
        source: &str,
        dataset: &str,
        raw_id: i64,
    ) -> Result<Option<RawResponse>, WarehouseError> {
        let conn = &self.session()?.conn;
        let tail: String = conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
        if let Some(found) = find(conn, &tail, source, dataset, raw_id)? {
            return Ok(Some(found));
        }
        for year in archive::archives(&self.layout)?.into_iter().rev() {
            engine::attach(conn, &self.layout.raw_archive(year), LOOKED_AT, true)?;
            let found = find(conn, LOOKED_AT, source, dataset, raw_id);
            conn.execute_batch(&format!("DETACH {LOOKED_AT}"))?;
            if let Some(found) = found? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

fn find(
    conn: &Connection,
    catalog: &str,
    source: &str,
    dataset: &str,
    raw_id: i64,
) -> Result<Option<RawResponse>, WarehouseError> {
    let prefix = format!("raw_{source}_");
    let mut tables = raw::tables(conn, catalog)?;
    tables.retain(|table| table.starts_with(&prefix));
    tables.sort_by_key(|table| table[prefix.len()..] != *dataset);
    for table in tables {
        let sql =
            format!("SELECT source, request, fetched_at, http_status, body FROM \"{catalog}\".{table} WHERE id = ?");
        let found = conn.query_row(&sql, [raw_id], |row| {
            Ok(RawResponse {
                source: row.get(0)?,
                dataset: table[prefix.len()..].to_owned(),
                request: row.get(1)?,
                fetched_at: row.get(2)?,
                http_status: row.get::<_, i16>(3)?.cast_unsigned(),
                body: row.get(4)?,
            })
        });
        // A source whose name begins with another's has tables of the same beginning.
        if let Some(found) = found.optional()?.filter(|found| found.source == source) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
