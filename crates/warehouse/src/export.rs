//! Rows as files that other programs read: an Arrow stream, a Parquet file.

use std::sync::Arc;

use arrow_ipc::writer::StreamWriter;
use chrono::{DateTime, NaiveDate, Utc};
use duckdb::{
    Config, Connection,
    arrow::{
        array::{ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray},
        datatypes::{DataType, Field, Schema, TimeUnit},
        error::ArrowError,
        record_batch::RecordBatch,
    },
};
use market_model::Code;

use crate::{Bar, Generation, NormalizedRow, WarehouseError, engine, known_volume};

/// Rows by column, ready to be written. All columns have the same length.
#[derive(Debug, Clone)]
pub struct ExportTable {
    columns: Vec<(&'static str, ExportColumn)>,
}

/// One column's values.
#[derive(Debug, Clone)]
pub enum ExportColumn {
    /// Text.
    Text(Vec<String>),
    /// Dates.
    Date(Vec<NaiveDate>),
    /// Numbers; absent where the vendor has none.
    Float(Vec<Option<f64>>),
    /// Whole numbers; absent where the vendor has none.
    Integer(Vec<Option<i64>>),
    /// Moments, in microseconds, UTC.
    Timestamp(Vec<DateTime<Utc>>),
}

impl ExportTable {
    /// A table of `columns` in this order.
    pub fn new(columns: Vec<(&'static str, ExportColumn)>) -> Self {
        Self { columns }
    }

    /// Curated bars of one code, prices as they are in `bars` (adjust them before).
    pub fn bars(generation: &Generation, code: &Code, bars: &[Bar]) -> Self {
        let float = |value: fn(&Bar) -> f64| ExportColumn::Float(bars.iter().map(|bar| Some(value(bar))).collect());
        let optional = |value: fn(&Bar) -> Option<f64>| ExportColumn::Float(bars.iter().map(value).collect());
        let source = |bar: &Bar| generation.source_name(bar.source).to_owned();
        Self::new(vec![
            ("code", ExportColumn::Text(vec![code.to_string(); bars.len()])),
            ("trade_date", ExportColumn::Date(bars.iter().map(|bar| bar.date).collect())),
            ("open", float(|bar| bar.open)),
            ("high", float(|bar| bar.high)),
            ("low", float(|bar| bar.low)),
            ("close", float(|bar| bar.close)),
            ("volume", ExportColumn::Integer(bars.iter().map(|bar| known_volume(code, bar.volume)).collect())),
            ("amount", optional(|bar| (!bar.amount.is_nan()).then_some(bar.amount))),
            ("adj_factor", float(|bar| bar.factor)),
            ("source", ExportColumn::Text(bars.iter().map(source).collect())),
        ])
    }

    /// Normalized rows with their lineage.
    pub fn normalized(rows: &[NormalizedRow]) -> Self {
        let float = |value: fn(&NormalizedRow) -> Option<f64>| ExportColumn::Float(rows.iter().map(value).collect());
        let integer =
            |value: fn(&NormalizedRow) -> Option<i64>| ExportColumn::Integer(rows.iter().map(value).collect());
        Self::new(vec![
            ("code", ExportColumn::Text(rows.iter().map(|row| row.bar.code.to_string()).collect())),
            ("trade_date", ExportColumn::Date(rows.iter().map(|row| row.bar.trade_date).collect())),
            ("open", float(|row| Some(row.bar.open))),
            ("high", float(|row| Some(row.bar.high))),
            ("low", float(|row| Some(row.bar.low))),
            ("close", float(|row| Some(row.bar.close))),
            ("pre_close", float(|row| row.bar.pre_close)),
            ("volume", integer(|row| known_volume(&row.bar.code, row.bar.volume))),
            ("amount", float(|row| row.bar.amount)),
            ("adj_factor", float(|row| row.bar.adj_factor)),
            ("source", ExportColumn::Text(rows.iter().map(|row| row.source.clone()).collect())),
            ("raw_id", integer(|row| Some(row.raw_id))),
            ("raw_row", integer(|row| Some(i64::from(row.raw_row)))),
            ("ingested_at", ExportColumn::Timestamp(rows.iter().map(|row| row.ingested_at).collect())),
        ])
    }

    fn batch(&self) -> Result<RecordBatch, WarehouseError> {
        let fields =
            self.columns.iter().map(|(name, column)| Field::new(*name, column.arrow_type(), column.is_nullable()));
        let schema = Schema::new(fields.collect::<Vec<_>>());
        let arrays = self.columns.iter().map(|(_, column)| column.array()).collect();
        RecordBatch::try_new(Arc::new(schema), arrays).map_err(arrow_error)
    }
}

/// The table as an Arrow IPC stream.
pub fn export_arrow(table: &ExportTable) -> Result<Vec<u8>, WarehouseError> {
    let batch = table.batch()?;
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).map_err(arrow_error)?;
    writer.write(&batch).map_err(arrow_error)?;
    writer.into_inner().map_err(arrow_error)
}

/// The table as a Parquet file. Goes through a file in the system's temporary folder, which is gone afterwards; blocks for
/// some milliseconds.
pub fn export_parquet(table: &ExportTable) -> Result<Vec<u8>, WarehouseError> {
    let config = Config::default().enable_autoload_extension(false)?.with("max_memory", "256MiB")?.threads(1)?;
    let conn = Connection::open_in_memory_with_flags(config)?;
    let columns = table.columns.iter().map(|(name, column)| format!("\"{name}\" {}", column.sql_type()));
    conn.execute_batch(&format!("CREATE TABLE export ({})", columns.collect::<Vec<_>>().join(", ")))?;
    let mut appender = conn.appender("export")?;
    appender.append_record_batch(table.batch()?)?;
    appender.flush()?;
    drop(appender);
    let folder = tempfile::Builder::new().prefix("warehouse-export-").tempdir()?;
    let file = folder.path().join("export.parquet");
    let target = engine::quote(&file.to_string_lossy());
    conn.execute_batch(&format!("COPY export TO {target} (FORMAT parquet, COMPRESSION zstd)"))?;
    Ok(std::fs::read(&file)?)
}

impl ExportColumn {
    fn arrow_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Date(_) => DataType::Date32,
            Self::Float(_) => DataType::Float64,
            Self::Integer(_) => DataType::Int64,
            Self::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    fn sql_type(&self) -> &'static str {
        match self {
            Self::Text(_) => "VARCHAR",
            Self::Date(_) => "DATE",
            Self::Float(_) => "DOUBLE",
            Self::Integer(_) => "BIGINT",
            Self::Timestamp(_) => "TIMESTAMP",
        }
    }

    fn is_nullable(&self) -> bool {
        matches!(self, Self::Float(_) | Self::Integer(_))
    }

    fn array(&self) -> ArrayRef {
        match self {
            Self::Text(values) => Arc::new(StringArray::from_iter_values(values)),
            Self::Date(values) => Arc::new(Date32Array::from_iter_values(values.iter().map(NaiveDate::to_epoch_days))),
            Self::Float(values) => Arc::new(Float64Array::from(values.clone())),
            Self::Integer(values) => Arc::new(Int64Array::from(values.clone())),
            Self::Timestamp(values) => {
                Arc::new(TimestampMicrosecondArray::from_iter_values(values.iter().map(DateTime::timestamp_micros)))
            }
        }
    }
}

fn arrow_error(error: ArrowError) -> WarehouseError {
    WarehouseError::Other(format!("Arrow: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use arrow_ipc::reader::StreamReader;
    use duckdb::arrow::array::AsArray;

    use super::*;

    fn table(rows: usize) -> ExportTable {
        let date = NaiveDate::from_ymd_opt(2026, 4, 30).unwrap();
        ExportTable::new(vec![
            ("code", ExportColumn::Text(vec!["600519.SH".to_owned(); rows])),
            ("trade_date", ExportColumn::Date(vec![date; rows])),
            ("close", ExportColumn::Float((0..rows).map(|i| (i != 1).then_some(i as f64 + 0.01)).collect())),
            ("volume", ExportColumn::Integer((0..rows as i64).map(|i| (i != 2).then_some(i)).collect())),
            ("ingested_at", ExportColumn::Timestamp(vec![DateTime::from_timestamp(1_777_777_777, 0).unwrap(); rows])),
        ])
    }

    #[test]
    fn an_arrow_stream_reads_back() {
        let bytes = export_arrow(&table(3)).unwrap();
        let batches: Vec<_> = StreamReader::try_new(Cursor::new(bytes), None).unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.len(), 1);
        assert_eq!(batches[0].num_rows(), 3);
        assert_eq!(batches[0].column(0).as_string::<i32>().value(2), "600519.SH");
        assert_eq!(batches[0].column(2).null_count(), 1);
    }

    #[test]
    fn a_parquet_file_reads_back_and_nothing_stays_on_disk() {
        let bytes = export_parquet(&table(3)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.parquet");
        std::fs::write(&file, bytes).unwrap();
        let conn = Connection::open_in_memory().unwrap();
        let sql = format!(
            "SELECT count(*), count(close), sum(volume), min(code), max(trade_date)::VARCHAR, max(ingested_at)::VARCHAR \
             FROM read_parquet('{}')",
            file.display()
        );
        type Row = (i64, i64, i64, String, String, String);
        let row: Row = conn
            .query_row(&sql, [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })
            .unwrap();
        let expected = (3, 2, 1, "600519.SH".to_owned(), "2026-04-30".to_owned(), "2026-05-03 03:09:37".to_owned());
        assert_eq!(row, expected);
    }

    #[test]
    fn an_empty_table_is_a_valid_file_of_either_kind() {
        let arrow = export_arrow(&table(0)).unwrap();
        let rows: usize =
            StreamReader::try_new(Cursor::new(arrow), None).unwrap().map(|batch| batch.unwrap().num_rows()).sum();
        assert_eq!(rows, 0);
        assert!(export_parquet(&table(0)).unwrap().starts_with(b"PAR1"));
    }
}
