//! The sources whose rows a generation holds, served or not.

use chrono::NaiveDate;
use duckdb::Connection;

use crate::{Generation, WarehouseError, reader::SourceId};

/// What is asked of a base once: it never changes.
#[derive(Debug)]
pub(in crate::reader) struct BaseFacts {
    /// The sources of its normalized rows.
    sources: Vec<String>,
    /// The last day with a row of any source.
    last_day: Option<NaiveDate>,
}

/// Names of sources by the index that the rules know them by, ascending.
#[derive(Debug)]
pub(in crate::reader) struct Sources {
    names: Vec<String>,
    /// The place of each of the generation's [`SourceId`]s among the names.
    of_bars: Vec<u8>,
}

impl Sources {
    fn new(mut names: Vec<String>, of_bars: &[String]) -> Result<Self, WarehouseError> {
        names.extend_from_slice(of_bars);
        names.sort();
        names.dedup();
        let index = |name: &String| names.binary_search(name).unwrap_or_default() as u8;
        let of_bars = of_bars.iter().map(index).collect();
        if names.len() > usize::from(u8::MAX) {
            return Err(WarehouseError::Other(format!("{} sources are more than rules can tell apart", names.len())));
        }
        Ok(Self { names, of_bars })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The index of `name`.
    pub(super) fn find(&self, name: &str) -> Result<u8, WarehouseError> {
        let at = self.names.binary_search_by(|known| known.as_str().cmp(name));
        at.map(|at| at as u8).map_err(|_| WarehouseError::Other(format!("unknown source `{name}`")))
    }

    /// The index of a served bar's source.
    pub(super) fn of_bar(&self, source: SourceId) -> u8 {
        self.of_bars.get(usize::from(source.0)).copied().unwrap_or_default()
    }
}

impl Generation {
    /// The sources of all rows; asked of the files once.
    pub(super) fn sources(&self, conn: &Connection) -> Result<&Sources, WarehouseError> {
        if let Some(sources) = self.sources.get() {
            return Ok(sources);
        }
        let tail = self.files.tail.name();
        let mut names = self.base_facts(conn)?.map_or_else(Vec::new, |base| base.sources.clone());
        names.extend(texts(
            conn,
            &format!("SELECT source FROM {tail}.normalized_daily UNION SELECT source FROM {tail}.corporate_action"),
        )?);
        let sources = Sources::new(names, self.store.sources().names())?;
        Ok(self.sources.get_or_init(|| sources))
    }

    /// The last day on which the base has rows; `None` without any.
    pub(in crate::reader) fn base_last_day(&self, conn: &Connection) -> Result<Option<NaiveDate>, WarehouseError> {
        Ok(self.base_facts(conn)?.and_then(|base| base.last_day))
    }

    fn base_facts(&self, conn: &Connection) -> Result<Option<&BaseFacts>, WarehouseError> {
        let Some(base) = &self.files.base else { return Ok(None) };
        if let Some(facts) = self.base_facts.get() {
            return Ok(Some(facts));
        }
        let base = base.name();
        let sources = texts(conn, &format!("SELECT DISTINCT source FROM {base}.normalized_daily"))?;
        let days = ["normalized_daily", "normalized_daily_basic", "price_limit", "suspension"];
        let days = days.map(|table| format!("SELECT max(trade_date) AS day FROM {base}.{table}"));
        let sql = format!("SELECT max(day) FROM ({})", days.join(" UNION ALL "));
        let last_day = conn.query_row(&sql, [], |row| row.get(0))?;
        Ok(Some(self.base_facts.get_or_init(|| BaseFacts { sources, last_day })))
    }
}

fn texts(conn: &Connection, sql: &str) -> Result<Vec<String>, WarehouseError> {
    let mut statement = conn.prepare(sql)?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}
