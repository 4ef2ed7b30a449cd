//! All rows of an answer: the good ones converted, the others refused with their reason.

use super::{BadCell, RowReader};
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
