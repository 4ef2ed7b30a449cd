//! Brings the rows of one data set into a temporary table: through the gate, one row per key, with lineage.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, Utc};
use duckdb::Connection;
use quality_rules::{RuleInfo, gate::Refusal, rules::duplicate_key};

use super::datasets::{Dataset, Identity};
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

/// What a row must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// What its data set's gate asks for.
    Shut,
    /// Storable at all: somebody has decided that it is to be stored.
    Forced,
}

/// A row that may not be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    /// The table it was meant for, or the vendor's data set of a row that could not be read.
    pub(crate) dataset: String,
    pub(crate) response: usize,
    pub(crate) row: u32,
    pub(crate) rule: &'static RuleInfo,
    pub(crate) reason: String,
    pub(crate) value: String,
    /// What identifies it, if that could be read.
    pub(crate) identity: Option<Identity>,
    /// The row as JSON.
    pub(crate) candidate: Option<String>,
}

impl Gate {
    fn judge<T: Dataset>(self, row: &T) -> Result<(), Refusal> {
        match row.gate() {
            Err(_) if self == Self::Forced && row.is_storable() => Ok(()),
            judged => judged,
        }
    }
}

/// Fills the stage with `rows` and returns those that were refused: by the gate, or because their key has two different
/// values (then neither is taken). Repeated equal rows count once.
pub(crate) fn stage<T: Dataset>(
    conn: &Connection,
    rows: &[Sourced<T>],
    lineage: Lineage<'_>,
    gate: Gate,
) -> Result<Vec<Refused>, WarehouseError> {
    let (accepted, refused) = select(rows, gate);
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
pub(crate) fn select<T: Dataset>(rows: &[Sourced<T>], gate: Gate) -> (Vec<&Sourced<T>>, Vec<Refused>) {
    let mut refused = Vec::new();
    let mut first: HashMap<T::Key, (&Sourced<T>, bool)> = HashMap::with_capacity(rows.len());
    let mut order = Vec::with_capacity(rows.len());
    for row in rows {
        if let Err(Refusal { rule, reason, value }) = gate.judge(&row.value) {
            refused.push(refusal(row, rule, reason, value));
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
                    refused.push(conflict(row));
                }
            }
        }
    }
    order.retain(|row| match first.get(&row.value.key()) {
        Some((_, true)) => {
            refused.push(conflict(row));
            false
        }
        _ => true,
    });
    (order, refused)
}

fn conflict<T: Dataset>(row: &Sourced<T>) -> Refused {
    let reason = "the batch has another row with the same key and other values".to_owned();
    let value = row.value.candidate().unwrap_or_else(|| format!("{:?}", row.value));
    refusal(row, &duplicate_key::INFO, reason, value)
}

fn refusal<T: Dataset>(row: &Sourced<T>, rule: &'static RuleInfo, reason: String, value: String) -> Refused {
    Refused {
        dataset: T::TABLE.to_owned(),
        response: row.response,
        row: row.row,
        rule,
        reason,
        value,
        identity: Some(row.value.identity()),
        candidate: row.value.candidate(),
    }
}

#[cfg(test)]
mod tests {
    use market_model::{DailyBar, PriceLimit};

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
    fn equal_rows_collapse_conflicting_ones_and_those_that_the_gate_refuses_are_refused() {
        let rows = [
            row("600000.SH", 11.0, 0),
            row("600001.SH", 12.0, 1),
            row("600000.SH", 11.0, 2),
            row("600001.SH", 12.5, 3),
            row("600002.SH", f64::NAN, 4),
            row("600003.SH", 0.0, 5),
        ];
        let (accepted, refused) = select(&rows, Gate::Shut);
        assert_eq!(accepted, [&rows[0]]);
        let mut seen: Vec<_> = refused.iter().map(|refused| (refused.row, refused.rule.code)).collect();
        seen.sort_unstable();
        let expected = [(1, "duplicate_key"), (3, "duplicate_key"), (4, "schema"), (5, "nonpositive_price")];
        assert_eq!(seen, expected);
        let nan = refused.iter().find(|refused| refused.row == 4).unwrap();
        assert_eq!((nan.value.as_str(), nan.candidate.as_deref()), ("up_limit=NaN", None));
        assert_eq!(nan.identity.as_ref().unwrap().row_key(), "600002.SH|2024-01-02");
    }

    #[test]
    fn a_decision_opens_the_gate_for_what_can_be_stored_and_for_nothing_else() {
        let text = r#"{"code": "600000.SH", "trade_date": "2024-01-02", "open": 1, "high": 1, "low": 1, "close": 0,
                       "pre_close": null, "volume": 0, "amount": null, "adj_factor": null}"#;
        let bar: DailyBar = serde_json::from_str(text).unwrap();
        let rows = |value: &DailyBar| [Sourced { value: value.clone(), response: 0, row: 0 }];
        assert_eq!(select(&rows(&bar), Gate::Shut).1.len(), 1);
        assert_eq!(select(&rows(&bar), Gate::Forced).1, []);
        let broken = DailyBar { close: f64::NAN, ..bar };
        assert_eq!(select(&rows(&broken), Gate::Forced).1.len(), 1);
        assert_eq!(select(&[row("600000.SH", 0.0, 0)], Gate::Forced).1.len(), 1, "only bars can be forced");
    }
}
