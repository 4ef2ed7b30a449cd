//! Stored responses by what was asked for.

use duckdb::params;

use super::Writer;
use crate::{RawResponse, WarehouseError, compact::archive, engine, raw};

/// The catalog name of an archive while responses are looked for.
const SEARCHED: &str = "searched";

impl Writer {
    /// The newest responses of a vendor's data set whose request holds the text `asked`, newest first, at most `limit`: from
    /// the tail, or else from the newest archive that has any.
    pub fn newest_raw_responses(
        &self,
        source: &str,
        dataset: &str,
        asked: &str,
        limit: u32,
    ) -> Result<Vec<RawResponse>, WarehouseError> {
        let conn = &self.session()?.conn;
        let tail: String = conn.query_row("SELECT current_database()", [], |row| row.get(0))?;
        let mut found = self.search(&tail, source, dataset, asked, limit)?;
        for year in archive::archives(&self.layout)?.into_iter().rev() {
            if !found.is_empty() {
                break;
            }
            engine::attach(conn, &self.layout.raw_archive(year), SEARCHED, true)?;
            let searched = self.search(SEARCHED, source, dataset, asked, limit);
            conn.execute_batch(&format!("DETACH {SEARCHED}"))?;
            found = searched?;
        }
        Ok(found)
    }

    fn search(
        &self,
        catalog: &str,
        source: &str,
        dataset: &str,
        asked: &str,
        limit: u32,
    ) -> Result<Vec<RawResponse>, WarehouseError> {
        let conn = &self.session()?.conn;
        let table = raw::table_name(source, dataset)?;
        if !raw::tables(conn, catalog)?.contains(&table) {
            return Ok(Vec::new());
        }
        let mut statement = conn.prepare(&format!(
            "SELECT request, fetched_at, http_status, body FROM \"{catalog}\".{table}
             WHERE contains(request, ?) ORDER BY fetched_at DESC, id DESC LIMIT {limit}"
        ))?;
        let rows = statement.query_map(params![asked], |row| {
            Ok(RawResponse {
                source: source.to_owned(),
                dataset: dataset.to_owned(),
                request: row.get(0)?,
                fetched_at: row.get(1)?,
                http_status: row.get::<_, i16>(2)?.cast_unsigned(),
                body: row.get(3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
