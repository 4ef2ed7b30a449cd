//! Which tables a published file has: older programs published files without the newer ones.

use duckdb::Connection;

use crate::WarehouseError;

/// Whether the attached file `catalog` has `table`.
pub(super) fn has(conn: &Connection, catalog: &str, table: &str) -> Result<bool, WarehouseError> {
    let sql = "SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?";
    Ok(conn.query_row(sql, [catalog, table], |row| row.get(0))?)
}

/// Whether `table` of the attached file `catalog` has `column`.
pub(super) fn has_column(conn: &Connection, catalog: &str, table: &str, column: &str) -> Result<bool, WarehouseError> {
    let sql =
        "SELECT count(*) > 0 FROM duckdb_columns() WHERE database_name = ? AND table_name = ? AND column_name = ?";
    Ok(conn.query_row(sql, [catalog, table, column], |row| row.get(0))?)
}
