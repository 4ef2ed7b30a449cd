//! Reads the rows of a query code by code, streamed: memory stays small however many there are.

use duckdb::{
    Connection, Statement,
    arrow::array::{Array, AsArray, RecordBatch, StringArray},
};

use crate::WarehouseError;

/// A streaming query whose first column is the code, in the order of the codes. The connection serves nothing else
/// meanwhile.
#[derive(Debug)]
pub(super) struct Cursor<'c> {
    statement: Statement<'c>,
    /// The rows that come next; `None` at the end.
    batch: Option<RecordBatch>,
}

impl<'c> Cursor<'c> {
    /// Starts `sql`.
    pub(super) fn open(conn: &'c Connection, sql: &str) -> Result<Self, WarehouseError> {
        let mut statement = conn.prepare(sql)?;
        // The iterator that this starts would panic where a damaged file cannot be read; stepping by hand returns the error.
        drop(statement.stream_arrow([])?);
        let mut cursor = Self { statement, batch: None };
        cursor.advance()?;
        Ok(cursor)
    }

    /// The code of the next row; `None` at the end.
    pub(super) fn code(&self) -> Option<&str> {
        self.batch.as_ref().map(|batch| codes(batch).value(0))
    }

    /// Moves the rows of `code` to `out` if it is the next one.
    ///
    /// # Errors
    /// `Other` if the rows are not in the order of the codes.
    pub(super) fn take(&mut self, code: &str, out: &mut Vec<RecordBatch>) -> Result<(), WarehouseError> {
        while let Some(batch) = &self.batch {
            let rows = leading_rows(codes(batch), code);
            if rows == 0 {
                break;
            }
            let all = batch.num_rows();
            out.push(batch.slice(0, rows));
            if rows < all {
                self.batch = Some(batch.slice(rows, all - rows));
                break;
            }
            self.advance()?;
        }
        match self.code() {
            Some(next) if next <= code => Err(WarehouseError::Other(format!("{next} is stored after {code}"))),
            _ => Ok(()),
        }
    }

    /// As [`Cursor::take`], dropping the rows of codes before it.
    pub(super) fn take_up_to(&mut self, code: &str, out: &mut Vec<RecordBatch>) -> Result<(), WarehouseError> {
        while let Some(earlier) = self.code().filter(|next| *next < code).map(str::to_owned) {
            self.take(&earlier, &mut Vec::new())?;
        }
        self.take(code, out)
    }

    fn advance(&mut self) -> Result<(), WarehouseError> {
        self.batch = None;
        while let Some(batch) = self.statement.step()? {
            let batch = RecordBatch::from(&batch);
            if batch.num_rows() > 0 {
                self.batch = Some(batch);
                break;
            }
        }
        Ok(())
    }
}

fn codes(batch: &RecordBatch) -> &StringArray {
    batch.column(0).as_string::<i32>()
}

/// How many of the first rows are about `code`. Rows of one code lie together, so that one look at the last row settles
/// most batches.
fn leading_rows(codes: &StringArray, code: &str) -> usize {
    if codes.value(0) != code {
        return 0;
    }
    if codes.value(codes.len() - 1) == code {
        return codes.len();
    }
    (1..codes.len()).find(|at| codes.value(*at) != code).unwrap_or(codes.len())
}
