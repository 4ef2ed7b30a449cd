//! What of the secrets goes to a host.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::BooksError;

/// A secret as the books keep it. It has no `Debug`: nobody prints it by mistake.
pub(crate) struct Value {
    /// The variable.
    pub(crate) name: String,
    /// `generated` or `from_pool`.
    pub(crate) source: String,
    /// An age file.
    pub(crate) sealed: Vec<u8>,
    /// The keyed fingerprint of the value.
    pub(crate) fingerprint: String,
}

/// Whose the pool's values of a profile are: `profile:<name>`.
pub(crate) fn holder(profile: &str) -> String {
    format!("profile:{profile}")
}

/// The values that are in force of one owner, as `order:<number>`; by name.
pub(crate) fn held_by(connection: &Connection, owner: &str) -> Result<Vec<Value>, BooksError> {
    select(connection, "owner = ?", owner)
}

/// The values that are in force of a profile, whichever order brought them; by name.
pub(crate) fn of_profile(connection: &Connection, profile: &str) -> Result<Vec<Value>, BooksError> {
    let condition = "owner IN (SELECT 'order:' || out_trade_no FROM orders
                     WHERE profile = ? AND state IN ('committed', 'delivered', 'awaiting_pairing', 'alive', 'refunded'))";
    select(connection, condition, profile)
}

/// The names of the values out of pools that a profile has from other orders than `except`, as `order:<number>`.
pub(crate) fn kept(connection: &Connection, profile: &str, except: &str) -> Result<BTreeSet<String>, BooksError> {
    let sql = "SELECT name FROM secret WHERE retired_at IS NULL AND source = 'from_pool' AND owner <> ?2
               AND owner IN (SELECT 'order:' || out_trade_no FROM orders WHERE profile = ?1)";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([profile, except], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn select(connection: &Connection, condition: &str, key: &str) -> Result<Vec<Value>, BooksError> {
    let sql = format!(
        "SELECT name, source, sealed, fingerprint FROM secret WHERE retired_at IS NULL AND {condition} ORDER BY name"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([key], |row| {
        Ok(Value { name: row.get(0)?, source: row.get(1)?, sealed: row.get(2)?, fingerprint: row.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
