//! One table of the next base: the base's rows, over them the tail's, over them the staged ones, code by code.
//!
//! Of two responses about one key the later one counts, as in an ordinary commit. Equal values change nothing but the
//! lineage, which moves to the later response: a base is written anew anyway, and so no confirmation has to be kept for
//! each of its rows.

use std::collections::HashMap;

use duckdb::{
    Connection,
    arrow::array::{AsArray, RecordBatch},
    arrow::datatypes::{Date32Type, TimestampMicrosecondType},
};

use super::{
    cursor::Cursor,
    keyed::{self, Keyed, Side},
    superseded::Superseded,
};
use crate::{
    WarehouseError,
    compact::Moving,
    engine::quote,
    schema::{Table, table},
    writer::{BASE, Session},
};

/// What became of the staged rows of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) inserted: u64,
    pub(super) replaced: u64,
    pub(super) unchanged: u64,
}

/// The connections that a table's rows are read through, one per part.
#[derive(Debug)]
pub(super) struct Connections([Connection; 3]);

impl Connections {
    pub(super) fn new(session: &Session) -> Result<Self, WarehouseError> {
        let clone = || session.conn.try_clone();
        Ok(Self([clone()?, clone()?, clone()?]))
    }
}

/// The stored rows of a table, code by code.
#[derive(Debug)]
pub(super) struct TableMerge<'c> {
    base: Option<Cursor<'c>>,
    tail: Cursor<'c>,
    /// Code, day and time of the newest response that repeated a stored row of the source.
    confirmations: Cursor<'c>,
    pub(super) counts: Counts,
    pub(super) superseded: Superseded,
}

impl<'c> TableMerge<'c> {
    /// Of the table `name`, with those rows of the tail that move when `source` is loaded.
    pub(super) fn open(
        connections: &'c Connections,
        session: &Session,
        name: &'static str,
        moving: Moving<'_>,
        source: &str,
    ) -> Result<Self, WarehouseError> {
        let described: &'static Table =
            table(name).ok_or_else(|| WarehouseError::Other(format!("table {name} is not described")))?;
        let Connections([base, tail, confirmations]) = connections;
        let base = match &session.base {
            Some(_) => Some(Cursor::open(base, &format!("FROM {BASE}.{name}"))?),
            None => None,
        };
        let tail = Cursor::open(
            tail,
            &format!("SELECT x.* FROM {name} x WHERE {} ORDER BY code, trade_date, source", moving.rows_of(name)),
        )?;
        let confirmations = Cursor::open(
            confirmations,
            &format!(
                "SELECT code, trade_date, fetched_at FROM normalized_confirmation
                 WHERE dataset = {} AND source = {} ORDER BY code",
                quote(name),
                quote(source)
            ),
        )?;
        let superseded = Superseded::new(described);
        Ok(Self { base, tail, confirmations, counts: Counts::default(), superseded })
    }

    /// The first code that has stored rows yet to be taken.
    pub(super) fn next_code(&self) -> Option<&str> {
        let base = self.base.as_ref().and_then(Cursor::code);
        match (base, self.tail.code()) {
            (Some(base), Some(tail)) => Some(base.min(tail)),
            (base, tail) => base.or(tail),
        }
    }

    /// The rows of `code`, by day and source: the stored ones, and over them `staged`.
    pub(super) fn take(&mut self, code: &str, staged: Option<RecordBatch>) -> Result<Vec<RecordBatch>, WarehouseError> {
        let (mut base, mut tail) = (Vec::new(), Vec::new());
        if let Some(cursor) = &mut self.base {
            cursor.take(code, &mut base)?;
        }
        self.tail.take(code, &mut tail)?;
        let stored = keyed::overlay(base, tail)?;
        let confirmed = self.confirmed(code)?;
        let Some(staged) = staged.filter(|staged| staged.num_rows() > 0) else { return Ok(stored) };
        match keyed::concat(&stored)? {
            Some(stored) => Ok(vec![self.load(&stored, &staged, &confirmed)?]),
            None => {
                self.counts.inserted += staged.num_rows() as u64;
                Ok(vec![staged])
            }
        }
    }

    /// Lays the staged rows over the stored ones.
    fn load(
        &mut self,
        stored: &RecordBatch,
        staged: &RecordBatch,
        confirmed: &HashMap<i32, i64>,
    ) -> Result<RecordBatch, WarehouseError> {
        let (old, new) = (Keyed::of(stored)?, Keyed::of(staged)?);
        let same = keyed::equality(stored, staged)?;
        let mut rows = Vec::with_capacity(stored.num_rows() + staged.num_rows());
        let counts = &mut self.counts;
        let superseded = &mut self.superseded;
        keyed::walk(&old, &new, |side| match side {
            Side::Left(i) => rows.push((0, i)),
            Side::Right(j) => {
                counts.inserted += 1;
                rows.push((1, j));
            }
            Side::Both(i, j) => {
                let known = confirmed.get(&old.day(i)).map_or(old.ingested_at(i), |at| old.ingested_at(i).max(*at));
                let is_older = new.ingested_at(j) < known;
                if same(i, j) {
                    counts.unchanged += 1;
                    rows.push(if is_older { (0, i) } else { (1, j) });
                } else if is_older {
                    counts.unchanged += 1;
                    superseded.late(j, old.raw_id(i));
                    rows.push((0, i));
                } else {
                    counts.replaced += 1;
                    superseded.replaced(i, new.raw_id(j));
                    rows.push((1, j));
                }
            }
        });
        self.superseded.keep(stored, staged)?;
        keyed::select(&[stored, staged], &rows)
    }

    /// Takes the confirmations of `code` (and drops those of codes before it that have no rows any more).
    fn confirmed(&mut self, code: &str) -> Result<HashMap<i32, i64>, WarehouseError> {
        let mut batches = Vec::new();
        self.confirmations.take_up_to(code, &mut batches)?;
        let mut confirmed = HashMap::new();
        for batch in &batches {
            let days = batch.column(1).as_primitive::<Date32Type>();
            let times = batch.column(2).as_primitive::<TimestampMicrosecondType>();
            confirmed.extend((0..batch.num_rows()).map(|at| (days.value(at), times.value(at))));
        }
        Ok(confirmed)
    }
}
