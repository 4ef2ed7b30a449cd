//! The published price limits of some codes: base and tail, merged.

use std::collections::HashMap;

use duckdb::Connection;
use market_model::Code;
use quality_rules::DayLimit;

use super::{
    Sources,
    batches::{self, CodeReader, number},
    intervals::Interval,
    rows::Part,
};
use crate::{WarehouseError, arrow_rows, reader::DayTable};

/// Limits by code, each with the order in which those of a day are preferred.
#[derive(Debug, Default)]
pub(super) struct LimitSet {
    codes: HashMap<Code, Vec<(DayLimit, Preference)>>,
}

/// Of a day's limits the first counts: by source, and of one source the tail's.
type Preference = (u8, bool);

impl LimitSet {
    /// Adds the limits of `codes` (a condition with an `AND` behind it, or nothing) on the days of `interval` in `database`.
    pub(super) fn add(
        &mut self,
        conn: &Connection,
        (part, database): (Part, &str),
        codes: &str,
        interval: Interval,
        (sources, days): (&mut LimitSources<'_>, &DayTable),
    ) -> Result<(), WarehouseError> {
        let filter = batches::filter(codes, interval);
        let sql = format!("SELECT code, trade_date, up_limit, down_limit, source FROM {database}.price_limit {filter}");
        let mut reader = CodeReader::default();
        arrow_rows::query(conn, &sql, [], |batch| {
            let (codes, dates, up, down) = (batch.texts(0)?, batch.dates(1)?, batch.numbers(2)?, batch.numbers(3)?);
            let names = batch.texts(4)?;
            let mut at = 0;
            while at < batch.rows() {
                let code = reader.read(codes, at)?;
                let limits = self.codes.entry(code).or_default();
                while at < batch.rows() && codes.value(at) == code.as_str() {
                    let date = days.date(dates.value(at));
                    let limit = DayLimit { date, up: number(up, at), down: number(down, at) };
                    limits.push((limit, (sources.rank(names.value(at)), part == Part::Base)));
                    at += 1;
                }
            }
            Ok(())
        })
    }

    /// Takes out the limits of `code`, one per day, ascending.
    pub(super) fn take(&mut self, code: &Code) -> Vec<DayLimit> {
        let mut limits = self.codes.remove(code).unwrap_or_default();
        limits.sort_by_key(|(limit, preference)| (limit.date, *preference));
        limits.dedup_by_key(|(limit, _)| limit.date);
        limits.into_iter().map(|(limit, _)| limit).collect()
    }
}

/// Who publishes limits. Their rows name no index of the rules, so that a source may have limits and no bar.
#[derive(Debug)]
pub(super) struct LimitSources<'a> {
    sources: &'a Sources,
    last: (String, u8),
}

impl<'a> LimitSources<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { sources, last: (String::new(), u8::MAX) }
    }

    /// By name; sources without bars come last.
    fn rank(&mut self, name: &str) -> u8 {
        if self.last.0 != name {
            self.last = (name.to_owned(), self.sources.find(name).unwrap_or(u8::MAX));
        }
        self.last.1
    }
}
