//! The dictionary: names that come again and again stand in rows as numbers.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{
    Connection, OptionalExtension as _, Row, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};

/// A name as a row holds it: its number in the dictionary, or, where it has none, itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Word {
    Number(i64),
    Text(String),
}

/// The writer's side of the dictionary: all of it, in memory.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Arc<str>, i64>,
    /// Added by the transaction that is under way.
    fresh: Vec<Arc<str>>,
}

impl Words {
    /// Names of profiles, channels, models, reasons: a few hundred. Whatever goes beyond this is written out in the rows,
    /// so that somebody who makes up names all day costs room that retention gives back.
    const MOST: usize = 20_000;
    const BYTES_MAX: usize = 128;

    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut query = connection.prepare("SELECT text, id FROM word")?;
        let numbers = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Self { numbers, fresh: Vec::new() })
    }

    /// The word for a name, which is added if there is room.
    pub(super) fn of(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<Word> {
        if let Some(&number) = self.numbers.get(name) {
            return Ok(Word::Number(number));
        }
        if self.numbers.len() >= Self::MOST || name.len() > Self::BYTES_MAX {
            return Ok(Word::Text(name.to_owned()));
        }
        let number = connection.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.insert([name])?;
        let name: Arc<str> = Arc::from(name);
        self.numbers.insert(Arc::clone(&name), number);
        self.fresh.push(name);
        Ok(Word::Number(number))
    }

    /// The transaction was committed.
    pub(super) fn committed(&mut self) {
        self.fresh.clear();
    }

    /// The transaction was rolled back, and what it added with it.
    pub(super) fn rolled_back(&mut self) {
        for name in self.fresh.drain(..) {
            self.numbers.remove(&name);
        }
    }
}

impl ToSql for Word {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Text(text) => ToSqlOutput::from(text.as_str()),
        })
    }
}

/// What stands in a column of a row.
pub(crate) fn word(row: &Row<'_>, column: usize) -> rusqlite::Result<Word> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Word::Number(number),
        other => Word::Text(other.as_str()?.to_owned()),
    })
}

/// A reader's side of the dictionary: what one question needs of it.
pub(crate) struct Dictionary<'a> {
    connection: &'a Connection,
    texts: HashMap<i64, Arc<str>>,
}

impl<'a> Dictionary<'a> {
    pub(crate) fn of(connection: &'a Connection) -> Self {
        Self { connection, texts: HashMap::new() }
    }

    /// The name in a column.
    pub(super) fn name(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
        match row.get_ref(column)? {
            ValueRef::Integer(number) => self.text(number),
            other => Ok(Arc::from(other.as_str()?)),
        }
    }

    /// The name that a word stands for.
    pub(crate) fn resolve(&mut self, word: Word) -> rusqlite::Result<Arc<str>> {
        match word {
            Word::Number(number) => self.text(number),
            Word::Text(text) => Ok(Arc::from(text)),
        }
    }

    fn text(&mut self, number: i64) -> rusqlite::Result<Arc<str>> {
        if let Some(text) = self.texts.get(&number) {
            return Ok(Arc::clone(text));
        }
        let mut query = self.connection.prepare_cached("SELECT text FROM word WHERE id = ?1")?;
        let text: Arc<str> = query.query_row([number], |row| row.get(0))?;
        self.texts.insert(number, Arc::clone(&text));
        Ok(text)
    }
}

/// A name that somebody looks for, in both forms that a row may hold.
pub(crate) struct Sought {
    name: String,
    number: Option<i64>,
}

impl Sought {
    pub(crate) fn new(connection: &Connection, name: &str) -> rusqlite::Result<Self> {
        let mut query = connection.prepare_cached("SELECT id FROM word WHERE text = ?1")?;
        Ok(Self { name: name.to_owned(), number: query.query_row([name], |row| row.get(0)).optional()? })
    }

    /// As packed columns hold it: its text, and its number if it has one.
    pub(super) fn packed(&self) -> impl Iterator<Item = String> {
        let text = serde_json::Value::from(self.name.as_str()).to_string();
        std::iter::once(text).chain(self.number.map(|number| number.to_string()))
    }

    /// Whether it stands in a column.
    pub(crate) fn is_in(&self, row: &Row<'_>, column: usize) -> rusqlite::Result<bool> {
        Ok(match row.get_ref(column)? {
            ValueRef::Integer(number) => Some(number) == self.number,
            ValueRef::Text(text) => text == self.name.as_bytes(),
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)").unwrap();
        connection
    }

    #[test]
    fn a_full_dictionary_takes_no_more_and_names_are_written_out() {
        let mut connection = table();
        let transaction = connection.transaction().unwrap();
        let mut words = Words::default();
        for n in 0..Words::MOST {
            assert_eq!(words.of(&transaction, &n.to_string()).unwrap(), Word::Number(n as i64 + 1));
        }
        assert_eq!(words.of(&transaction, "one more").unwrap(), Word::Text("one more".to_owned()));
        assert_eq!(words.of(&transaction, "7").unwrap(), Word::Number(8));
        let long = "x".repeat(Words::BYTES_MAX + 1);
        assert_eq!(Words::default().of(&transaction, &long).unwrap(), Word::Text(long));
    }

    #[test]
    fn a_name_of_a_transaction_that_was_rolled_back_is_new_again() {
        let mut connection = table();
        let mut words = Words::default();
        words.of(&connection, "kept").unwrap();
        words.committed();
        let transaction = connection.transaction().unwrap();
        words.of(&transaction, "gone").unwrap();
        transaction.rollback().unwrap();
        words.rolled_back();
        assert_eq!(words.of(&connection, "another").unwrap(), Word::Number(2));
        assert_eq!(words.of(&connection, "gone").unwrap(), Word::Number(3));
        assert_eq!(words.of(&connection, "kept").unwrap(), Word::Number(1));
        assert_eq!(Words::load(&connection).unwrap().numbers, words.numbers);
    }
}
