//! The logical hash of rows on their way into a table: bit for bit what [`crate::logical`] has DuckDB compute from the
//! stored rows, in a quarter of the time. Numbers as text are most of it.

use std::io::Write as _;

use duckdb::{
    Connection,
    arrow::{
        array::{Array, AsArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, Date32Type, Float64Type, Int64Type},
    },
};
use md5::{Digest, Md5};

use crate::{WarehouseError, arrow_rows::date_of, logical::Sum, schema::Table};

/// Between the columns of a row.
const SEPARATOR: u8 = 0x1f;
/// In the place of NULL.
const NULL: u8 = 0x1e;

/// Dates are looked up as text between 1970-01-01 and this many days later (2149).
const DATES: usize = 1 << 16;

/// Adds up the hashes of rows.
#[derive(Debug)]
pub(crate) struct RowHash {
    /// The business columns in the order of the hash, as positions in the table.
    columns: Vec<usize>,
    /// The days since 1970-01-01 as text; zeros where none has been asked for yet.
    dates: Vec<[u8; 10]>,
    row: Vec<u8>,
    sum: Sum,
}

/// A column by its type.
enum Column<'a> {
    Text(&'a StringArray),
    Date(&'a Date32Array),
    Number(&'a Float64Array),
    Integer(&'a Int64Array),
}

impl RowHash {
    /// For rows whose columns are those of `table` in the main database of `conn`, by position.
    pub(crate) fn new(conn: &Connection, table: &Table) -> Result<Self, WarehouseError> {
        let mut statement = conn.prepare(
            "SELECT column_name FROM duckdb_columns()
             WHERE database_name = current_database() AND table_name = ? ORDER BY column_index",
        )?;
        let names = statement.query_map([table.name], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        let position = |column: &str| {
            let at = names.iter().position(|name| name == column);
            at.ok_or_else(|| WarehouseError::Other(format!("{} has no column {column}", table.name)))
        };
        let columns = table.columns().map(position).collect::<Result<_, _>>()?;
        Ok(Self { columns, dates: vec![[0; 10]; DATES], row: Vec::new(), sum: Sum::default() })
    }

    /// Adds the rows of a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), WarehouseError> {
        let columns =
            self.columns.iter().map(|at| Column::of(batch.column(*at).as_ref())).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            self.row.clear();
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.row.push(SEPARATOR);
                }
                column.write(row, &mut self.dates, &mut self.row);
            }
            let digest = Md5::digest(&self.row);
            let lower = digest.last_chunk::<8>().map_or(0, |lower| u64::from_le_bytes(*lower));
            self.sum.hash = self.sum.hash.wrapping_add(lower);
        }
        self.sum.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Number and hash of the rows added.
    pub(crate) fn sum(&self) -> Sum {
        self.sum
    }
}

impl<'a> Column<'a> {
    fn of(array: &'a dyn Array) -> Result<Self, WarehouseError> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>()),
            DataType::Float64 => Self::Number(array.as_primitive::<Float64Type>()),
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>()),
            other => return Err(WarehouseError::Other(format!("no rule for hashing a column of type {other}"))),
        })
    }

    fn write(&self, row: usize, dates: &mut [[u8; 10]], out: &mut Vec<u8>) {
        let is_null = match self {
            Self::Text(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Number(array) => array.is_null(row),
            Self::Integer(array) => array.is_null(row),
        };
        match self {
            _ if is_null => out.push(NULL),
            Self::Text(array) => out.extend_from_slice(array.value(row).as_bytes()),
            Self::Date(array) => write_date(array.value(row), dates, out),
            Self::Number(array) => write_number(array.value(row), out),
            Self::Integer(array) => out.extend_from_slice(itoa::Buffer::new().format(array.value(row)).as_bytes()),
        }
    }
}

fn write_date(day: i32, dates: &mut [[u8; 10]], out: &mut Vec<u8>) {
    let Some(text) = usize::try_from(day).ok().and_then(|day| dates.get_mut(day)) else {
        let _ = write!(out, "{}", date_of(day));
        return;
    };
    if text[0] == 0 {
        // Ten characters, for every year up to 9999.
        let _ = write!(text.as_mut_slice(), "{}", date_of(day));
    }
    out.extend_from_slice(text);
}

/// A number as DuckDB writes it: the fewest digits that read back as the same number, `1.0`, `1e+16`, `1e-05`.
fn write_number(number: f64, out: &mut Vec<u8>) {
    if write_cents(number, out) {
        return;
    }
    if !number.is_finite() {
        let text = if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        };
        out.extend_from_slice(text.as_bytes());
        return;
    }
    if (1e-4..1e16).contains(&number.abs()) {
        out.extend_from_slice(zmij::Buffer::new().format_finite(number).as_bytes());
        return;
    }
    // `1.5e-5` here, `1.5e-05` there.
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
}

/// A number of at most two decimals, as prices are: its digits are those of the cents. Decimals of up to fifteen digits are
/// told apart by doubles, so that these are the fewest.
fn write_cents(number: f64, out: &mut Vec<u8>) -> bool {
    let scaled = (number * 100.0).round();
    if !(scaled.abs() < 1e15 && (scaled / 100.0).to_bits() == number.to_bits()) {
        return false;
    }
    let cents = scaled as i64;
    if cents < 0 {
        out.push(b'-');
    }
    let (whole, rest) = (cents.unsigned_abs() / 100, (cents.unsigned_abs() % 100) as u8);
    out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    out.extend_from_slice(&[b'.', b'0' + rest / 10]);
    if !rest.is_multiple_of(10) {
        out.push(b'0' + rest % 10);
    }
    true
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{arrow_rows, logical, schema};

    /// Numbers of every size, and those at which a notation changes.
    fn numbers() -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut numbers = vec![
            0.0,
            1.0,
            10.0,
            -1.5,
            0.01,
            0.1,
            0.07,
            1e15,
            1e16,
            9.999e15,
            1e-4,
            1e-5,
            1.5e-5,
            9.999e-5,
            1e22,
            1e100,
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            0.1 + 0.2,
            1_688.3,
            999_999_999_999.99,
            9_999_999_999_999.99,
            10_000_000_000_000.01,
            123_456_789_012_345_680.0,
            9_007_199_254_740_993.0,
        ];
        for _ in 0..20_000 {
            numbers.push(f64::from_bits(rng.next_u64()));
            numbers.push(rng.random_range(-3_000.0..3_000.0) * 10_f64.powi(rng.random_range(-9..14)));
            numbers.push(rng.random_range(0..10_000_000_i64) as f64 / 100.0);
            numbers.push(rng.random_range(0..10_000_000_i64) as f64 / 1000.0);
        }
        numbers.retain(|number| number.is_finite());
        numbers
    }

    #[test]
    fn numbers_are_written_as_duckdb_writes_them() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (x DOUBLE)").unwrap();
        let numbers = numbers();
        arrow_rows::append(&conn, "t", vec![arrow_rows::numbers(numbers.iter().copied())]).unwrap();
        let mut statement = conn.prepare("SELECT x::VARCHAR FROM t").unwrap();
        let texts = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for (number, text) in numbers.iter().zip(texts) {
            let mut own = Vec::new();
            write_number(number + 0.0, &mut own);
            assert_eq!(String::from_utf8(own).unwrap(), text.unwrap(), "{number:e}");
        }
    }

    #[test]
    fn the_hash_is_the_one_that_duckdb_computes() {
        let conn = Connection::open_in_memory().unwrap();
        schema::migrate(&conn).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let count = 500;
        let numbers = numbers();
        let mut number = || rng.random_ratio(4, 5).then(|| numbers[rng.random_range(0..numbers.len())]);
        let mut columns = vec![
            arrow_rows::texts((0..count).map(|at| format!("{:06}.SH", 600_000 + at))),
            arrow_rows::dates((0..count).map(|at| arrow_rows::date_of(at * 97 - 5_000))),
        ];
        columns.extend((0..5).map(|_| arrow_rows::optional_numbers((0..count).map(|_| number()))));
        columns.push(arrow_rows::optional_longs((0..count).map(|at| (at % 7 > 0).then_some(i64::from(at) << 33))));
        columns.extend((0..2).map(|_| arrow_rows::optional_numbers((0..count).map(|_| number()))));
        columns.push(arrow_rows::texts((0..count).map(|at| if at % 3 == 0 { "tdx" } else { "tushare" })));
        columns.push(arrow_rows::longs((0..count).map(i64::from)));
        columns.push(arrow_rows::ints(0..count));
        columns.push(arrow_rows::moments((0..count).map(|_| chrono::DateTime::default())));
        let named = columns.iter().enumerate().map(|(at, column)| (format!("c{at}"), column.clone(), true));
        let batch = RecordBatch::try_from_iter_with_nullable(named).unwrap();
        arrow_rows::append(&conn, "normalized_daily", columns).unwrap();

        let table = schema::table("normalized_daily").unwrap();
        let mut hash = RowHash::new(&conn, table).unwrap();
        hash.add(&batch.slice(0, 200)).unwrap();
        hash.add(&batch.slice(200, 300)).unwrap();
        assert_eq!(hash.sum(), logical::table_sum(&conn, "memory", table).unwrap());
    }
}
