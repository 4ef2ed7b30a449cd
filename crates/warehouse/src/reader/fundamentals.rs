//! What companies report: the stored claims of every source, and those that follow from the daily valuation figures.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use duckdb::{Connection, Row};
use market_model::{Code, Metric};

use super::{database::Attached, generation::Files, store::sql_date, tables};
use crate::WarehouseError;

/// What one source says one figure of one period is.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Which figure, as [`Metric::as_str`]; a newer writer may know others.
    pub metric: String,
    /// Its value in `unit`.
    pub value: f64,
    /// As [`market_model::MetricUnit::as_str`].
    pub unit: String,
    /// The vendor.
    pub source: String,
    /// When it was published, where the vendor says so.
    pub announced: Option<NaiveDate>,
    /// The response it came from.
    pub raw_id: Option<i64>,
    /// When it was written.
    pub ingested_at: DateTime<Utc>,
    /// The same vendor has a later announcement of the same figure, which is in the list, too.
    pub superseded: bool,
}

/// The claims about one code and period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claims {
    /// By metric (in the order of [`Metric::ALL`]), source, then announcement, newest first.
    pub claims: Vec<Claim>,
    /// What an `as_of` hides: announced later, or nobody says when.
    pub hidden: Vec<Claim>,
}

/// The figures that the last valuation of a period implies: column of `normalized_daily_basic`, metric.
const IMPLIED: [(&str, Metric); 9] = [
    ("pe", Metric::PriceEarnings),
    ("pe_ttm", Metric::PriceEarningsTtm),
    ("pb", Metric::PriceBook),
    ("ps_ttm", Metric::PriceSalesTtm),
    ("dividend_yield_ttm", Metric::DividendYieldTtm),
    ("total_shares", Metric::TotalShares),
    ("float_shares", Metric::FloatShares),
    ("total_value", Metric::TotalMarketValue),
    ("float_value", Metric::FloatMarketValue),
];

/// The claims about the quarter that ends on `period`. The valuation figures of its last close are among them once
/// `last_close_is_in`: before, some earlier day's would pass for it.
pub(super) fn find(
    conn: &Connection,
    files: &Files,
    code: &Code,
    period: NaiveDate,
    last_close_is_in: bool,
    as_of: Option<NaiveDate>,
) -> Result<Claims, WarehouseError> {
    let mut claims = stored(conn, files.tail.name(), code, period)?;
    if last_close_is_in {
        for implied in implied(conn, files, code, period)? {
            // A vendor's own word about the period counts more than what follows from a day's figures.
            if !claims.iter().any(|claim| claim.metric == implied.metric && claim.source == implied.source) {
                claims.push(implied);
            }
        }
    }
    Ok(seen_on(claims, as_of))
}

/// Hides what was not known on `as_of`, orders the rest, marks what was announced anew.
fn seen_on(claims: Vec<Claim>, as_of: Option<NaiveDate>) -> Claims {
    let is_known = |claim: &Claim| match as_of {
        None => true,
        Some(as_of) => claim.announced.is_some_and(|announced| announced <= as_of),
    };
    let (claims, hidden) = claims.into_iter().partition(is_known);
    let mut seen = Claims { claims, hidden };
    let place = |metric: &str| Metric::ALL.iter().position(|known| known.as_str() == metric).unwrap_or(usize::MAX);
    // What has no date comes after what has one: it may be as old as the period.
    seen.claims.sort_by(|a, b| {
        let by_figure = (place(&a.metric), &a.metric, &a.source).cmp(&(place(&b.metric), &b.metric, &b.source));
        by_figure.then_with(|| (b.announced, b.ingested_at).cmp(&(a.announced, a.ingested_at)))
    });
    for at in 1..seen.claims.len() {
        let (before, claim) = (&seen.claims[at - 1], &seen.claims[at]);
        seen.claims[at].superseded = (&before.metric, &before.source) == (&claim.metric, &claim.source);
    }
    seen
}

fn stored(conn: &Connection, tail: &str, code: &Code, period: NaiveDate) -> Result<Vec<Claim>, WarehouseError> {
    if !tables::has(conn, tail, "fundamental_claim")? {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare(&format!(
        "SELECT metric, value, unit, source, announced_at, raw_id, ingested_at FROM {tail}.fundamental_claim \
         WHERE code = '{code}' AND period = DATE '{}' AND value IS NOT NULL",
        sql_date(period)
    ))?;
    let claims = statement.query_map([], |row| {
        Ok(Claim {
            metric: row.get(0)?,
            value: row.get(1)?,
            unit: row.get(2)?,
            source: row.get(3)?,
            announced: row.get(4)?,
            raw_id: row.get(5)?,
            ingested_at: row.get::<_, NaiveDateTime>(6)?.and_utc(),
            superseded: false,
        })
    })?;
    Ok(claims.collect::<Result<_, _>>()?)
}

/// What every vendor's last valuation within the quarter says; it is public on its own day.
fn implied(conn: &Connection, files: &Files, code: &Code, period: NaiveDate) -> Result<Vec<Claim>, WarehouseError> {
    let first = period.with_day(1).and_then(|day| day.with_month(period.month().saturating_sub(2).max(1)));
    let range = format!(
        "code = '{code}' AND trade_date BETWEEN DATE '{}' AND DATE '{}'",
        sql_date(first.unwrap_or(period)),
        sql_date(period)
    );
    // By day, so that the last one remains; the tail comes after the base and counts where both have the day.
    let mut last: BTreeMap<String, (NaiveDate, Vec<Claim>)> = BTreeMap::new();
    for database in files.base.iter().chain([&files.tail]) {
        for (source, day, claims) in valuations(conn, database, &range)? {
            let known = last.entry(source).or_default();
            if day >= known.0 {
                *known = (day, claims);
            }
        }
    }
    Ok(last.into_values().flat_map(|(_, claims)| claims).collect())
}

fn valuations(
    conn: &Connection,
    database: &Attached,
    range: &str,
) -> Result<Vec<(String, NaiveDate, Vec<Claim>)>, WarehouseError> {
    let columns = IMPLIED.map(|(column, _)| column).join(", ");
    let mut statement = conn.prepare(&format!(
        "SELECT source, trade_date, raw_id, ingested_at, {columns} FROM {}.normalized_daily_basic WHERE {range} \
         QUALIFY row_number() OVER (PARTITION BY source ORDER BY trade_date DESC) = 1",
        database.name()
    ))?;
    let rows = statement.query_map([], |row| {
        let (source, day): (String, NaiveDate) = (row.get(0)?, row.get(1)?);
        Ok((source.clone(), day, valuation(row, &source, day)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn valuation(row: &Row<'_>, source: &str, day: NaiveDate) -> Result<Vec<Claim>, duckdb::Error> {
    let raw_id: Option<i64> = row.get(2)?;
    let ingested_at = row.get::<_, NaiveDateTime>(3)?.and_utc();
    let mut claims = Vec::new();
    for (at, (_, metric)) in IMPLIED.iter().enumerate() {
        let Some(value) = row.get::<_, Option<f64>>(4 + at)? else { continue };
        claims.push(Claim {
            metric: metric.as_str().to_owned(),
            value,
            unit: metric.unit().as_str().to_owned(),
            source: source.to_owned(),
            announced: Some(day),
            raw_id,
            ingested_at,
            superseded: false,
        });
    }
    Ok(claims)
}
