//! Macroeconomic series: one figure per period, as it was known on a day.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use duckdb::Connection;

use super::{store::sql_date, tables};
use crate::WarehouseError;

const TABLE: &str = "macro_observation";

/// One series, as the list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacroSeries {
    /// Our name of it, for example `china_cpi_yearly`.
    pub series: String,
    /// The unit of its values.
    pub unit: String,
    /// The vendors that have it, by name.
    pub sources: Vec<String>,
    /// The last day of its first period.
    pub first_period: NaiveDate,
    /// The last day of its last period.
    pub last_period: NaiveDate,
    /// How many periods it has.
    pub periods: u64,
    /// The last day on which something of it was published, where a vendor says so.
    pub last_published: Option<NaiveDate>,
}

/// One period's figure.
#[derive(Debug, Clone, PartialEq)]
pub struct MacroRow {
    /// The last day of the period.
    pub period: NaiveDate,
    /// When this figure was published, where the vendor says so.
    pub published: Option<NaiveDate>,
    /// The figure.
    pub value: f64,
    /// What was expected.
    pub consensus: Option<f64>,
    /// What the vendor called the previous figure when it published this one.
    pub previous: Option<f64>,
    /// The vendor.
    pub source: String,
    /// When it was written.
    pub ingested_at: DateTime<Utc>,
    /// How many earlier publications of the same period by the same vendor this one replaces.
    pub revisions: u32,
}

/// What is known of one series in a range of periods.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MacroAnswer {
    /// One row per period and vendor, ascending.
    pub rows: Vec<MacroRow>,
    /// The first publication that an `as_of` hides.
    pub next_published: Option<NaiveDate>,
    /// How many rows an `as_of` hides because nobody says when they were published.
    pub undated: u64,
}

/// Every series, by name.
pub(super) fn list(conn: &Connection, tail: &str) -> Result<Vec<MacroSeries>, WarehouseError> {
    if !tables::has(conn, tail, TABLE)? {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare(&format!(
        "SELECT series, arg_max(unit, period), string_agg(DISTINCT source, ',' ORDER BY source), min(period), max(period), \
         count(DISTINCT period), max(published_at) FROM {tail}.{TABLE} WHERE value IS NOT NULL GROUP BY series ORDER BY series"
    ))?;
    let series = statement.query_map([], |row| {
        Ok(MacroSeries {
            series: row.get(0)?,
            unit: row.get(1)?,
            sources: row.get::<_, String>(2)?.split(',').map(str::to_owned).collect(),
            first_period: row.get(3)?,
            last_period: row.get(4)?,
            periods: row.get(5)?,
            last_published: row.get(6)?,
        })
    })?;
    Ok(series.collect::<Result<_, _>>()?)
}

/// The figures of `series` in `[start, end]`, of several publications of a period the newest that `as_of` lets see.
pub(super) fn find(
    conn: &Connection,
    tail: &str,
    series: &str,
    (start, end): (NaiveDate, NaiveDate),
    as_of: Option<NaiveDate>,
) -> Result<MacroAnswer, WarehouseError> {
    let mut answer = MacroAnswer::default();
    if !tables::has(conn, tail, TABLE)? {
        return Ok(answer);
    }
    // What has no date of publication comes first: it may be as old as the period.
    let mut statement = conn.prepare(&format!(
        "SELECT period, published_at, value, consensus, previous, source, ingested_at FROM {tail}.{TABLE} \
         WHERE series = ? AND value IS NOT NULL AND period BETWEEN DATE '{}' AND DATE '{}' \
         ORDER BY period, source, published_at NULLS FIRST",
        sql_date(start),
        sql_date(end)
    ))?;
    let mut rows = statement.query([series])?;
    while let Some(row) = rows.next()? {
        let found = MacroRow {
            period: row.get(0)?,
            published: row.get(1)?,
            value: row.get(2)?,
            consensus: row.get(3)?,
            previous: row.get(4)?,
            source: row.get(5)?,
            ingested_at: row.get::<_, NaiveDateTime>(6)?.and_utc(),
            revisions: 0,
        };
        answer.add(found, as_of);
    }
    Ok(answer)
}

impl MacroAnswer {
    /// Adds the next row in the order of period, vendor and publication.
    fn add(&mut self, row: MacroRow, as_of: Option<NaiveDate>) {
        match (as_of, row.published) {
            (Some(as_of), Some(published)) if published > as_of => {
                self.next_published = Some(self.next_published.map_or(published, |next| next.min(published)));
                return;
            }
            (Some(_), None) => {
                self.undated += 1;
                return;
            }
            _ => {}
        }
        match self.rows.last_mut().filter(|last| (last.period, &last.source) == (row.period, &row.source)) {
            Some(last) => *last = MacroRow { revisions: last.revisions + 1, ..row },
            None => self.rows.push(row),
        }
    }
}
