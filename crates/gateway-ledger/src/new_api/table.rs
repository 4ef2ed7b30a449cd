//! A table whose columns are not known beforehand: they vary from version to version.

use std::collections::HashMap;

use rusqlite::{Connection, types::ValueRef};
use serde_json::Value;

/// All rows of a table, by column.
pub(super) struct Table {
    pub(super) rows: Vec<Record>,
}

/// One row: what it has, by column.
pub(super) struct Record(HashMap<String, Cell>);

enum Cell {
    Whole(i64),
    Text(String),
}

impl Table {
    pub(super) fn read(books: &Connection, name: &str) -> rusqlite::Result<Self> {
        let mut columns = books.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let columns: Vec<String> = columns.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut query = books.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY rowid"))?;
        let mut found = query.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut cells = HashMap::new();
            for (index, column) in columns.iter().enumerate() {
                let cell = match row.get_ref(index)? {
                    ValueRef::Integer(number) => Cell::Whole(number),
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "ids and flags are whole; no column is a fraction"
                    )]
                    ValueRef::Real(number) => Cell::Whole(number as i64),
                    ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Null | ValueRef::Blob(_) => continue,
                };
                cells.insert(column.clone(), cell);
            }
            rows.push(Record(cells));
        }
        Ok(Self { rows })
    }
}

impl Record {
    /// A text that is not empty.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        match self.0.get(column) {
            Some(Cell::Text(text)) if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    pub(super) fn whole(&self, column: &str) -> Option<i64> {
        match self.0.get(column) {
            Some(Cell::Whole(number)) => Some(*number),
            Some(Cell::Text(text)) => text.trim().parse().ok(),
            None => None,
        }
    }

    pub(super) fn is_true(&self, column: &str) -> bool {
        self.whole(column).is_some_and(|number| number != 0) || self.text(column) == Some("true")
    }

    /// A column that holds JSON: `None` where there is nothing, an error where it cannot be read.
    pub(super) fn json(&self, column: &str) -> Option<Result<Value, serde_json::Error>> {
        self.text(column).map(serde_json::from_str)
    }

    /// The parts of a list with commas.
    pub(super) fn list(&self, column: &str) -> Vec<String> {
        let parts = self.text(column).unwrap_or_default().split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}
