//! Computes what the tables should hold for a set of codes and writes the rows that differ.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{Connection, params};
use market_model::Code;

use super::{
    Context, CuratedRow, Finding, MarketDays, Refreshed, Series, chain,
    feature::{FeatureRow, feature_rows},
    load::CodeData,
    quality::{self, Replacements},
};
use crate::{WarehouseError, arrow_rows};

/// The rows that differ between what is stored and what follows from the normalized rows.
#[derive(Debug, Default)]
pub(super) struct Differences {
    curated: Vec<CuratedRow>,
    /// Curated rows of the tail that go, replaced or not.
    stale: Vec<(Code, NaiveDate)>,
    features: Vec<FeatureRow>,
    stale_features: Vec<(Code, NaiveDate)>,
    dates: BTreeSet<NaiveDate>,
    /// The codes and the day from which on each was looked at.
    scope: Vec<(Code, NaiveDate)>,
    findings: Vec<Finding>,
    replacements: Replacements,
}

impl Differences {
    /// Computes them: a pure function of what was loaded.
    ///
    /// # Errors
    /// As [`CodeData::start`].
    pub(super) fn of(
        data: &[CodeData],
        days: &MarketDays,
        first_feature_day: Option<NaiveDate>,
    ) -> Result<Self, WarehouseError> {
        let mut differences = Self::default();
        for code in data {
            let start = code.start()?;
            let series =
                Series { code: code.code, start: &start, bars: &code.bars, events: &code.events, sealed: &code.sealed };
            let chained = chain(&series, |before, after| days.gap_unknown(before, after));
            if let Some(first) = first_feature_day {
                differences.compare_features(code, &feature_rows(&code.prior, &chained.rows, &code.basics, first));
            }
            differences.compare_curated(code, chained.rows);
            differences.scope.push((code.code, code.from));
            differences.findings.extend(chained.findings);
        }
        Ok(differences)
    }

    fn compare_curated(&mut self, code: &CodeData, rows: Vec<CuratedRow>) {
        let mut stored = code.stored.iter().peekable();
        for row in rows {
            while let Some((gone, in_tail)) = stored.next_if(|(stored, _)| stored.date < row.date) {
                self.remove(gone, *in_tail);
            }
            match stored.next_if(|(stored, _)| stored.date == row.date) {
                Some((same, _)) if same.says_the_same(&row) => {}
                Some((old, in_tail)) => {
                    if *in_tail {
                        self.stale.push((old.code, old.date));
                    }
                    self.note_source(old, &row);
                    self.add(row);
                }
                None => self.add(row),
            }
        }
        for (gone, in_tail) in stored {
            self.remove(gone, *in_tail);
        }
    }

    fn note_source(&mut self, old: &CuratedRow, new: &CuratedRow) {
        if old.source != new.source {
            let key = (new.date, Arc::clone(&old.source), Arc::clone(&new.source));
            let replaced = self.replacements.entry(key).or_default();
            replaced.rows += 1;
            replaced.other_close += u64::from(old.raw[3].to_bits() != new.raw[3].to_bits());
        }
    }

    fn add(&mut self, row: CuratedRow) {
        self.dates.insert(row.date);
        self.curated.push(row);
    }

    fn remove(&mut self, row: &CuratedRow, in_tail: bool) {
        // A day in the base is sealed: its sources stay complete, so none of its rows can lose its bar, and one that does not
        // continue the series any more stays with a finding.
        debug_assert!(in_tail, "{} {} would have to vanish from the base", row.code, row.date);
        if in_tail {
            self.dates.insert(row.date);
            self.stale.push((row.code, row.date));
        }
    }

    fn compare_features(&mut self, code: &CodeData, rows: &[FeatureRow]) {
        let (mut old, mut new) = (code.features.iter().peekable(), rows.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => old.date.cmp(&new.date),
            };
            let gone = (order != Ordering::Greater).then(|| old.next()).flatten();
            let fresh = (order != Ordering::Less).then(|| new.next()).flatten();
            if gone == fresh {
                continue;
            }
            self.stale_features.extend(gone.map(|row| (row.code, row.date)));
            self.features.extend(fresh.cloned());
        }
    }

    /// Writes them into the tail.
    pub(super) fn write(self, context: Context<'_>, refreshed: &mut Refreshed) -> Result<(), WarehouseError> {
        delete(context.conn, "curated_daily", &self.stale)?;
        arrow_rows::append(context.conn, "curated_daily", curated_columns(&self.curated))?;
        delete(context.conn, "feature_daily", &self.stale_features)?;
        arrow_rows::append(context.conn, "feature_daily", feature_columns(&self.features, context.now))?;
        quality::sync_findings(context.conn, &self.scope, &self.findings, context.now)?;
        for (key, replaced) in self.replacements {
            let all = refreshed.replacements.entry(key).or_default();
            all.rows += replaced.rows;
            all.other_close += replaced.other_close;
        }
        refreshed.features += self.features.len().max(self.stale_features.len()) as u64;
        refreshed.dates.extend(self.dates);
        Ok(())
    }
}

/// Removes the features before `first`, all of them without one; returns how many.
pub(super) fn drop_features_before(conn: &Connection, first: Option<NaiveDate>) -> Result<u64, WarehouseError> {
    let removed = match first {
        Some(first) => conn.execute("DELETE FROM feature_daily WHERE trade_date < ?", params![first])?,
        None => conn.execute("DELETE FROM feature_daily", [])?,
    };
    Ok(removed as u64)
}

/// The columns of `curated_daily`.
pub(crate) fn curated_columns(rows: &[CuratedRow]) -> Vec<duckdb::arrow::array::ArrayRef> {
    let adjusted = |at: usize| arrow_rows::numbers(rows.iter().map(move |row| row.adjusted()[at]));
    let raw = |at: usize| arrow_rows::numbers(rows.iter().map(move |row| row.raw[at]));
    vec![
        arrow_rows::texts(rows.iter().map(|row| row.code.as_str())),
        arrow_rows::dates(rows.iter().map(|row| row.date)),
        adjusted(0),
        adjusted(1),
        adjusted(2),
        adjusted(3),
        arrow_rows::longs(rows.iter().map(|row| row.volume)),
        arrow_rows::optional_numbers(rows.iter().map(|row| (!row.amount.is_nan()).then_some(row.amount))),
        arrow_rows::numbers(rows.iter().map(|row| row.factor)),
        arrow_rows::texts(rows.iter().map(|row| &row.source)),
        arrow_rows::moments(rows.iter().map(|row| row.ingested_at)),
        raw(0),
        raw(1),
        raw(2),
        raw(3),
        arrow_rows::texts(rows.iter().map(|row| row.basis.as_str())),
    ]
}

/// The columns of `feature_daily`.
pub(crate) fn feature_columns(rows: &[FeatureRow], now: DateTime<Utc>) -> Vec<duckdb::arrow::array::ArrayRef> {
    let mut columns = vec![
        arrow_rows::texts(rows.iter().map(|row| row.code.as_str())),
        arrow_rows::dates(rows.iter().map(|row| row.date)),
    ];
    columns.extend((0..9).map(|at| arrow_rows::optional_numbers(rows.iter().map(|row| row.numbers()[at]))));
    columns.push(arrow_rows::texts(rows.iter().map(|row| &row.source)));
    columns.push(arrow_rows::moments(rows.iter().map(|_| now)));
    columns
}

fn delete(conn: &Connection, table: &str, keys: &[(Code, NaiveDate)]) -> Result<(), WarehouseError> {
    if keys.is_empty() {
        return Ok(());
    }
    conn.execute_batch("CREATE OR REPLACE TEMP TABLE stale (code VARCHAR, trade_date DATE)")?;
    let columns = vec![
        arrow_rows::texts(keys.iter().map(|(code, _)| code.as_str())),
        arrow_rows::dates(keys.iter().map(|(_, day)| *day)),
    ];
    arrow_rows::append_temp(conn, "stale", columns)?;
    conn.execute_batch(&format!(
        "DELETE FROM {table} USING stale s WHERE {table}.code = s.code AND {table}.trade_date = s.trade_date"
    ))?;
    Ok(())
}
