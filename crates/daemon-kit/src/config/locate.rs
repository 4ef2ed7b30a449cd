//! Where each key stands: from a key's path to its line, and from a place in the text to the key there.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The keys of one document.
pub(super) struct Keys {
    entries: Vec<Entry>,
}

struct Entry {
    path: String,
    key: Range<usize>,
    value: Range<usize>,
}

impl Keys {
    pub(super) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let table = DeTable::parse(text)?;
        let mut keys = Self { entries: Vec::new() };
        keys.add_table("", table.get_ref());
        Ok(keys)
    }

    /// The path of the innermost key whose name or value covers `offset`.
    pub(super) fn at(&self, offset: usize) -> Option<&str> {
        let covers = |entry: &&Entry| entry.key.contains(&offset) || entry.value.contains(&offset);
        self.entries.iter().filter(covers).max_by_key(|entry| entry.path.len()).map(|entry| entry.path.as_str())
    }

    /// The line of every key, counted from 1.
    pub(super) fn lines(self, text: &str) -> BTreeMap<String, usize> {
        self.entries.into_iter().map(|entry| (entry.path, line_of(text, entry.key.start))).collect()
    }

    fn add_table(&mut self, parent: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name: &str = key.get_ref();
            let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
            self.add(path, key.span(), value);
        }
    }

    fn add(&mut self, path: String, key: Range<usize>, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.add_table(&path, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.add(format!("{path}[{index}]"), item.span(), item);
                }
            }
            _ => {}
        }
        self.entries.push(Entry { path, key, value: value.span() });
    }
}

/// The line of `offset` in `text`, counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
