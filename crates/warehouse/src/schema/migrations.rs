//! Forward-only migrations: numbered SQL files, each applied in its own transaction.

use duckdb::Connection;

use crate::WarehouseError;

/// The files, in order; the n-th leads to schema n.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first_tables.sql"),
    include_str!("migrations/0002_claims_and_observations.sql"),
    include_str!("migrations/0003_quality.sql"),
    include_str!("migrations/0004_gateway_usage.sql"),
];

/// The schema that this program writes. It reads this one and every older one.
pub const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// The schema of the connection's main database; 0 if it is empty.
///
/// # Errors
/// `Other` if there are tables but no version.
fn version_of(conn: &Connection) -> Result<u32, WarehouseError> {
    let tables: i64 = conn.query_row(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary",
        [],
        |row| row.get(0),
    )?;
    if tables == 0 {
        return Ok(0);
    }
    let version =
        conn.query_row("SELECT value FROM meta WHERE key = 'schema_version'", [], |row| row.get::<_, String>(0));
    version
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| WarehouseError::Other("the database has tables but no schema version".to_owned()))
}

/// Leads the connection's main database to [`SCHEMA_VERSION`]. Does nothing if it is there already.
///
/// # Errors
/// `SchemaTooNew` if the file was written by a newer program.
pub(crate) fn migrate(conn: &Connection) -> Result<(), WarehouseError> {
    let found = version_of(conn)?;
    if found > SCHEMA_VERSION {
        return Err(WarehouseError::SchemaTooNew { found, supported: SCHEMA_VERSION });
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let version = step + 1;
        let transaction = conn.unchecked_transaction()?;
        transaction.execute_batch(sql)?;
        transaction.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", [version.to_string()])?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_database_gets_every_table_once() {
        let conn = Connection::open_in_memory().unwrap();
        assert_eq!(version_of(&conn).unwrap(), 0);
        migrate(&conn).unwrap();
        assert_eq!(version_of(&conn).unwrap(), SCHEMA_VERSION);
        migrate(&conn).unwrap();
        let rows: i64 = conn.query_row("SELECT count(*) FROM meta WHERE key = 'base'", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_newer_schema_is_refused_untouched() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        conn.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'", []).unwrap();
        let result = migrate(&conn);
        assert!(matches!(result, Err(WarehouseError::SchemaTooNew { found: 99, .. })), "{result:?}");
    }

    #[test]
    fn no_table_has_a_key_or_an_index() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn).unwrap();
        let keys: i64 = conn
            .query_row(
                "SELECT (SELECT count(*) FROM duckdb_indexes())
                      + (SELECT count(*) FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE'))",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(keys, 0);
    }
}
