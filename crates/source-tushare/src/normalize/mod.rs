//! Vendor rows → market terms: yuan, shares, dates, codes. One file per interface.
//!
//! A row is refused when a key or a needed figure is missing or of an impossible type. Whether a possible figure is
//! plausible (a price of 0, a close above the high) is for the quality checks, not decided here.

pub(crate) mod adj_factor;
pub(crate) mod daily;
pub(crate) mod daily_basic;
pub(crate) mod dividend;
mod reader;
mod scope;
pub(crate) mod stk_limit;
pub(crate) mod stock_basic;
pub(crate) mod suspend_d;
pub(crate) mod trade_cal;

pub(crate) use reader::{BadCell, RowReader};
pub(crate) use scope::Scope;

use crate::{Fetched, RejectedRow, Row, paging::Collected};

impl Collected {
    /// Turns each row into a `T`; rows that are refused join the rejected ones.
    pub(crate) fn normalize<T>(self, convert: impl Fn(&RowReader<'_>) -> Result<T, BadCell>) -> Fetched<T> {
        let Self { endpoint, pages, rows, mut rejected } = self;
        let mut good = Vec::with_capacity(rows.len());
        for row in rows {
            match convert(&RowReader::new(endpoint, &row.cells)) {
                Ok(value) => good.push(Row { value, page: row.page, row: row.row }),
                Err(BadCell { reason, value }) => {
                    rejected.push(RejectedRow { dataset: endpoint.name, page: row.page, row: row.row, reason, value });
                }
            }
        }
        rejected.sort_by_key(|rejected| (rejected.page, rejected.row));
        Fetched { rows: good, rejected, pages, suspect_rows: 0 }
    }
}

#[cfg(test)]
pub(crate) mod testing;
