//! All pages of one question as one set of rows: none lost, none doubled, and always an end.
//!
//! The vendor cuts an answer at its row limit and promises no order between pages. So:
//! * another page is asked for while the answer says `has_more` **or** is exactly full;
//! * a row that comes twice with equal cells counts once; rows that share a key but differ are all refused, for nothing
//!   says which one is right;
//! * a key that comes back on a later page means that the order may have moved, and then some other row was skipped: the
//!   pages are read again, until a pass has no such key (each row came once, so all did) or comes in exactly the order of
//!   the pass before (the vendor itself holds the row twice);
//! * a page that brings nothing new and yet has a next one means that the server ignores `offset`: an error, not a loop.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use crate::{
    Client, RawPage, RejectedRow, TushareError,
    api::{Endpoint, Query},
    cell::Cell,
    wire::{Malformed, Table},
};

/// Passes over the same pages before giving up on an order that never holds still.
const MAX_PASSES: usize = 4;

/// The rows of all pages, each key once.
pub(crate) struct Collected {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) pages: Vec<RawPage>,
    pub(crate) rows: Vec<CollectedRow>,
    pub(crate) rejected: Vec<RejectedRow>,
}

/// A row and where it was first seen.
pub(crate) struct CollectedRow {
    pub(crate) page: usize,
    pub(crate) row: u32,
    /// In the order of the endpoint's fields.
    pub(crate) cells: Box<[Cell]>,
}

impl Client {
    pub(crate) async fn collect(&self, query: &Query) -> Result<Collected, TushareError> {
        let mut set = RowSet::new(query);
        let outcome = self.passes(query, &mut set).await;
        match outcome {
            Ok(()) => Ok(set.finish()),
            Err(Stopped::Failed(error)) => Err(error),
            Err(Stopped::Columns(missing)) => {
                Err(TushareError::ColumnsChanged { api: query.endpoint.api, missing, pages: set.pages })
            }
            Err(Stopped::Paging(reason)) => {
                Err(TushareError::PagingBroken { api: query.endpoint.api, reason, pages: set.pages })
            }
        }
    }

    async fn passes(&self, query: &Query, set: &mut RowSet<'_>) -> Result<(), Stopped> {
        let mut before = None;
        for number in 0..MAX_PASSES {
            let pass = self.pass(query, set, number == 0).await?;
            if !pass.moved || before.is_some_and(|before| before == pass.keys) {
                return Ok(());
            }
            tracing::warn!(tushare.api = query.endpoint.name, "rows came on two pages: reading the pages again");
            before = Some(pass.keys);
        }
        Err(Stopped::Paging(format!("rows still move between pages after {MAX_PASSES} passes")))
    }

    /// Reads every page once.
    async fn pass(&self, query: &Query, set: &mut RowSet<'_>, first: bool) -> Result<Pass, Stopped> {
        let limit = self.config.row_limit(query.endpoint.api);
        let (mut seen, mut pass, mut offset) = (HashSet::new(), Pass::default(), 0);
        for _ in 0..self.config.max_pages {
            let page = self.page(query, limit, offset).await.map_err(Stopped::Failed)?;
            set.pages.push(page.raw);
            if !page.table.missing.is_empty() {
                return Err(Stopped::Columns(page.table.missing));
            }
            let (items, has_more) = (page.table.items, page.table.has_more);
            let at = set.pages.len() - 1;
            let keys: Vec<Box<str>> =
                (0..).zip(page.table.rows).map(|(row, item)| set.add((at, row), item, first)).collect();
            pass.moved |= keys.iter().any(|key| seen.contains(key));
            let known = seen.len();
            seen.extend(keys.iter().cloned());
            pass.keys.extend(keys);
            if !has_more && items < limit {
                return Ok(pass);
            }
            // After an exactly full last page an empty one is the end; empty and `has_more` is a contradiction.
            if items == 0 {
                return Err(Stopped::Paging(format!("the page at offset {offset} is empty and says that more follow")));
            }
            if seen.len() == known {
                return Err(Stopped::Paging(format!("the page at offset {offset} repeats earlier ones")));
            }
            offset += items;
        }
        Err(Stopped::Paging(format!("no end after {} pages", self.config.max_pages)))
    }
}

impl Collected {
    /// The rows of a single page that is at hand already. The page itself stays with whoever has it.
    pub(crate) fn of_page(endpoint: &'static Endpoint, table: Table) -> Self {
        let query = Query { endpoint, params: Vec::new() };
        let mut set = RowSet::new(&query);
        for (row, item) in (0..).zip(table.rows) {
            set.add((0, row), item, true);
        }
        set.finish()
    }
}

/// One reading of all pages.
#[derive(Default)]
struct Pass {
    /// The keys in the order in which they came.
    keys: Vec<Box<str>>,
    /// Whether a key came back on a later page.
    moved: bool,
}

enum Stopped {
    Failed(TushareError),
    Columns(Vec<String>),
    Paging(String),
}

/// The rows seen so far, by key.
struct RowSet<'a> {
    query: &'a Query,
    key: Vec<usize>,
    pages: Vec<RawPage>,
    rows: Vec<CollectedRow>,
    /// Key → index into `rows`.
    index: HashMap<Box<str>, usize>,
    /// Indexes into `rows` whose key came with differing cells.
    contested: HashSet<usize>,
    rejected: Vec<RejectedRow>,
}

impl<'a> RowSet<'a> {
    fn new(query: &'a Query) -> Self {
        let key = query.endpoint.key.iter().filter_map(|column| query.endpoint.position(column)).collect();
        let (index, contested) = (HashMap::new(), HashSet::new());
        Self { query, key, pages: Vec::new(), rows: Vec::new(), index, contested, rejected: Vec::new() }
    }

    /// Takes an item, which stands at (page, row), and returns its key. What a later pass refuses again is not reported
    /// again.
    fn add(&mut self, (page, row): (usize, u32), item: Result<Box<[Cell]>, Malformed>, first_pass: bool) -> Box<str> {
        let cells = match item {
            Ok(cells) => cells,
            Err(Malformed { reason, text }) => {
                let key = text.clone().into_boxed_str();
                if first_pass {
                    self.reject(page, row, reason, text);
                }
                return key;
            }
        };
        let key: Box<str> = self.key.iter().map(|&at| cells[at].as_str()).collect::<Vec<_>>().join(" ").into();
        match self.index.entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(self.rows.len());
                self.rows.push(CollectedRow { page, row, cells });
            }
            Entry::Occupied(entry) => {
                let first = *entry.get();
                let newly_contested = self.rows[first].cells != cells && self.contested.insert(first);
                if newly_contested || (first_pass && self.rows[first].cells != cells) {
                    self.reject(page, row, contested(&key), line(&cells));
                }
            }
        }
        key
    }

    fn reject(&mut self, page: usize, row: u32, reason: String, value: String) {
        self.rejected.push(RejectedRow { dataset: self.query.endpoint.name, page, row, reason, value });
    }

    fn finish(mut self) -> Collected {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (index, row) in std::mem::take(&mut self.rows).into_iter().enumerate() {
            if self.contested.contains(&index) {
                let key: Vec<&str> = self.key.iter().map(|&at| row.cells[at].as_str()).collect();
                self.reject(row.page, row.row, contested(&key.join(" ")), line(&row.cells));
            } else {
                rows.push(row);
            }
        }
        self.rejected.sort_by_key(|rejected| (rejected.page, rejected.row));
        Collected { endpoint: self.query.endpoint, pages: self.pages, rows, rejected: self.rejected }
    }
}

fn contested(key: &str) -> String {
    format!("the answer holds differing rows for the key {key}")
}

fn line(cells: &[Cell]) -> String {
    cells.iter().map(Cell::as_str).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
