//! Where curated rows go: the base's table, its helpers, the series file, the features.

use std::thread::Scope;

use chrono::{DateTime, Utc};
use duckdb::arrow::array::RecordBatch;
use market_features::WINDOW;
use market_model::Code;

use super::Setting;
use crate::{
    SeriesSummary, WarehouseError, arrow_rows,
    arrow_rows::day_number,
    base::NEXT,
    bulk::{
        rows::record_batch,
        worker::{HashedSink, Sink, Worker, hashed_sink, sink},
    },
    compact::fresh_tail::FRESH,
    curate::{Bar, CuratedRow, FeatureRow, curated_columns, feature_columns},
    manifest::TableSum,
    reader,
    series::SeriesWriter,
};

/// So many codes may wait for the series file's thread.
const WAITING: usize = 24;

/// Threads that write what is curated.
pub(super) struct Outlet<'scope> {
    curated: HashedSink<'scope>,
    series: Worker<'scope, (Code, Vec<CuratedRow>), SeriesSummary>,
    /// Small tables, written at the end of the batches that are collected here.
    first: Small<'scope>,
    recent: Small<'scope>,
    features: Small<'scope>,
    now: DateTime<Utc>,
}

/// A sink for a few rows at a time.
struct Small<'scope>(Sink<'scope>);

impl<'scope> Outlet<'scope> {
    pub(super) fn open(scope: &'scope Scope<'scope, '_>, setting: Setting<'_>) -> Result<Self, WarehouseError> {
        let open =
            |catalog, table| Ok::<_, WarehouseError>(sink(scope, setting.session.conn.try_clone()?, catalog, table));
        let mut writer = SeriesWriter::create(&setting.next.series())?;
        let series = Worker::start(scope, WAITING, move |inbox| {
            let complete = inbox.drain(|(code, rows): (Code, Vec<CuratedRow>)| {
                rows.iter().try_for_each(|row| writer.push(code, &in_series(row)))
            })?;
            if complete { writer.finish() } else { Err(WarehouseError::Other("a bulk load was given up".to_owned())) }
        });
        Ok(Self {
            curated: hashed_sink(scope, setting.session.conn.try_clone()?, NEXT, "curated_daily")?,
            series,
            first: Small(open(NEXT, "first_bar")?),
            recent: Small(open(NEXT, "recent_bar")?),
            features: Small(open(FRESH, "feature_daily")?),
            now: setting.now,
        })
    }

    /// Takes the curated rows of a code; `bars` are all it was chosen from.
    pub(super) fn push(&mut self, code: Code, rows: Vec<CuratedRow>, bars: &[Bar]) -> Result<(), WarehouseError> {
        let Some(first) = rows.first() else { return Ok(()) };
        self.first.push(vec![
            arrow_rows::texts([code.as_str()].into_iter()),
            arrow_rows::dates([first.date].into_iter()),
            arrow_rows::texts([first.basis.as_str()].into_iter()),
        ])?;
        let recent = &rows[rows.len().saturating_sub(WINDOW)..];
        self.recent.push(vec![
            arrow_rows::texts(recent.iter().map(|_| code.as_str())),
            arrow_rows::dates(recent.iter().map(|row| row.date)),
            arrow_rows::numbers(recent.iter().map(|row| row.point().close)),
            arrow_rows::numbers(recent.iter().map(|row| row.raw[3])),
            arrow_rows::numbers(recent.iter().map(|row| row.factor)),
            arrow_rows::texts(recent.iter().map(|row| row.basis.as_str())),
            arrow_rows::texts(recent.iter().map(|row| &row.source)),
            arrow_rows::optional_numbers(recent.iter().map(|row| vendor_factor(row, bars))),
        ])?;
        self.curated.push(record_batch(curated_columns(&rows))?)?;
        self.series.push((code, rows))
    }

    pub(super) fn push_features(&mut self, rows: &[FeatureRow]) -> Result<(), WarehouseError> {
        if rows.is_empty() { Ok(()) } else { self.features.push(feature_columns(rows, self.now)) }
    }

    /// Commits everything and makes the series file durable.
    pub(super) fn finish(self) -> Result<(SeriesSummary, TableSum), WarehouseError> {
        let summary = self.series.finish()?;
        let sum = self.curated.finish()?;
        for small in [self.first, self.recent, self.features] {
            small.0.finish()?;
        }
        if sum.rows != summary.rows {
            let detail = format!("the series file has {} rows, curated_daily {}", summary.rows, sum.rows);
            return Err(WarehouseError::Other(detail));
        }
        Ok((summary, sum.into()))
    }
}

impl Small<'_> {
    fn push(&mut self, columns: Vec<duckdb::arrow::array::ArrayRef>) -> Result<(), WarehouseError> {
        let batch: RecordBatch = record_batch(columns)?;
        self.0.push(batch)
    }
}

/// What the row's source says its factor is.
fn vendor_factor(row: &CuratedRow, bars: &[Bar]) -> Option<f64> {
    let from = bars.partition_point(|bar| bar.date < row.date);
    let same_day = bars[from..].iter().take_while(|bar| bar.date == row.date);
    same_day.into_iter().find(|bar| bar.source == row.source)?.vendor_factor
}

fn in_series(row: &CuratedRow) -> reader::CuratedRow<'_> {
    reader::CuratedRow {
        day: day_number(row.date),
        // A negative zero becomes zero, as in the table: the file must come out the same from there.
        prices: row.raw.map(|price| price + 0.0),
        volume: row.volume,
        amount: row.amount + 0.0,
        factor: row.factor + 0.0,
        source: &row.source,
        basis: row.basis.as_str(),
    }
}
