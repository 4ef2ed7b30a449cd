//! Brings the rows of one data set into a temporary table: finite, one row per key, with lineage.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, Utc};
use duckdb::Connection;

use super::datasets::Dataset;
use crate::{RawResponse, Sourced, WarehouseError, arrow_rows};

/// The temporary table that holds the staged rows of the data set at hand.
pub(crate) const STAGE: &str = "stage";

/// What the rows of a batch refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lineage<'a> {
    pub(crate) source: &'a str,
    pub(crate) responses: &'a [RawResponse],
    /// The id of each response.
    pub(crate) raw_ids: &'a [i64],
}

/// A row that cannot be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    pub(crate) dataset: String,
    pub(crate) response: usize,
    pub(crate) row: u32,
    pub(crate) reason: String,
    pub(crate) value: String,
}

/// Fills the stage with `rows` and returns those that were refused: a number that is not finite, or a key with two
/// different values (then neither is taken). Repeated equal rows count once.
pub(crate) fn stage<T: Dataset>(
    conn: &Connection,
    rows: &[Sourced<T>],
    lineage: Lineage<'_>,
) -> Result<Vec<Refused>, WarehouseError> {
    let (accepted, refused) = select(rows);
    conn.execute_batch(&format!("CREATE OR REPLACE TEMP TABLE {STAGE} AS FROM {} LIMIT 0", T::TABLE))?;
    let fetched_at = |row: &&Sourced<T>| -> Result<DateTime<Utc>, WarehouseError> {
        let response = lineage.responses.get(row.response);
        response.map(|response| response.fetched_at).ok_or_else(|| {
            WarehouseError::BadBatch(format!("a row of {} names response {}, which is absent", T::TABLE, row.response))
        })
    };
    let fetched_at = accepted.iter().map(fetched_at).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<&T> = accepted.iter().map(|row| &row.value).collect();
    let mut columns = T::columns(&values);
    columns.push(arrow_rows::texts(accepted.iter().map(|_| lineage.source)));
    columns.push(arrow_rows::longs(accepted.iter().map(|row| lineage.raw_ids[row.response])));
    columns.push(arrow_rows::ints(accepted.iter().map(|row| i32::try_from(row.row).unwrap_or(i32::MAX))));
    columns.push(arrow_rows::moments(fetched_at.into_iter()));
    arrow_rows::append_temp(conn, STAGE, columns)?;
    Ok(refused)
}

/// The rows to take, in order, and the others.
pub(crate) fn select<T: Dataset>(rows: &[Sourced<T>]) -> (Vec<&Sourced<T>>, Vec<Refused>) {
    let mut refused = Vec::new();
    let mut first: HashMap<T::Key, (&Sourced<T>, bool)> = HashMap::with_capacity(rows.len());
    let mut order = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(column) = row.value.not_finite() {
            refused.push(refusal(row, format!("`{column}` is not a finite number")));
            continue;
        }
        match first.entry(row.value.key()) {
            Entry::Vacant(entry) => {
                entry.insert((row, false));
                order.push(row);
            }
            Entry::Occupied(mut entry) => {
                let (earlier, conflicting) = entry.get_mut();
                if earlier.value != row.value {
                    *conflicting = true;
                    refused.push(refusal(row, "the batch has another row with the same key and other values".into()));
                }
            }
        }
    }
    order.retain(|row| match first.get(&row.value.key()) {
        Some((_, true)) => {
            refused.push(refusal(row, "the batch has another row with the same key and other values".into()));
            false
        }
        _ => true,
    });
    (order, refused)
}

fn refusal<T: Dataset>(row: &Sourced<T>, reason: String) -> Refused {
    let value = format!("{:?}", row.value);
    Refused { dataset: T::TABLE.to_owned(), response: row.response, row: row.row, reason, value }
}

#[cfg(test)]
mod tests {
    use market_model::PriceLimit;

    use super::*;

    fn row(code: &str, up_limit: f64, row: u32) -> Sourced<PriceLimit> {
        let trade_date = "2024-01-02".parse().unwrap();
        Sourced {
            value: PriceLimit { code: code.parse().unwrap(), trade_date, up_limit, down_limit: 1.0 },
            response: 0,
            row,
        }
    }

    #[test]
    fn equal_rows_collapse_conflicting_and_unfinite_ones_are_refused() {
        let rows = [
            row("600000.SH", 11.0, 0),
            row("600001.SH", 12.0, 1),
            row("600000.SH", 11.0, 2),
            row("600001.SH", 12.5, 3),
            row("600002.SH", f64::NAN, 4),
            row("600003.SH", f64::INFINITY, 5),
        ];
        let (accepted, refused) = select(&rows);
        assert_eq!(accepted, [&rows[0]]);
        let mut lines: Vec<_> = refused.iter().map(|refused| refused.row).collect();
        lines.sort_unstable();
        assert_eq!(lines, [1, 3, 4, 5]);
    }
}
