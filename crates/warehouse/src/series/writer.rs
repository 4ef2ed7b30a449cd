//! Writes a series file from a base's `curated_daily`.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Code, FactorBasis};
use sha2::{Digest, Sha256};

use super::{
    encode::Columns,
    format::{BLOCK_HASH_BYTES, Entry, HEADER_BYTES, Header},
};
use crate::{
    Layout, WarehouseError, durable,
    reader::{CuratedRow, scan_curated},
};

const BUFFER_BYTES: usize = 1 << 20;

/// What a series file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesSummary {
    /// Number of codes.
    pub codes: u32,
    /// Number of bars.
    pub rows: u64,
    /// First and last day; `None` without bars.
    pub trade_dates: Option<(NaiveDate, NaiveDate)>,
    /// Length of the file.
    pub bytes: u64,
}

/// Writes `path` from `table` (for example `curated_daily` or `base.curated_daily`), whose rows must lie in the order of
/// (code, trade_date). The file appears under its name only when it is whole and durable.
///
/// # Errors
/// `Other` if the rows are not in order or a value is absent; `DiskFull`.
pub fn write_series(conn: &Connection, table: &str, path: &Path) -> Result<SeriesSummary, WarehouseError> {
    let mut writer = SeriesWriter::create(path)?;
    scan_curated(conn, &format!("FROM {table}"), |code, row| writer.push(code, &row))?;
    writer.finish()
}

/// A series file in the making: codes ascending, the days of each ascending.
pub(crate) struct SeriesWriter {
    path: PathBuf,
    file: BufWriter<File>,
    offset: u64,
    rows: u64,
    days: Option<(i32, i32)>,
    code: Option<Code>,
    columns: Columns,
    entries: Vec<Entry>,
    source_ids: HashMap<String, u32>,
    sources: Vec<String>,
    block: Vec<u8>,
}

impl SeriesWriter {
    /// Starts the file that will be `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, WarehouseError> {
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(Layout::unfinished(path))?);
        file.write_all(&[0; HEADER_BYTES])?;
        Ok(Self {
            path: path.to_owned(),
            file,
            offset: HEADER_BYTES as u64,
            rows: 0,
            days: None,
            code: None,
            columns: Columns::default(),
            entries: Vec::new(),
            source_ids: HashMap::new(),
            sources: Vec::new(),
            block: Vec::new(),
        })
    }

    /// Adds a bar.
    pub(crate) fn push(&mut self, code: Code, row: &CuratedRow<'_>) -> Result<(), WarehouseError> {
        if self.code != Some(code) {
            if self.code.is_some_and(|last| last >= code) {
                return Err(WarehouseError::Other(format!("{code} does not follow in the order of the codes")));
            }
            self.end_code()?;
            self.code = Some(code);
        }
        if self.columns.days.last().is_some_and(|last| *last >= row.day) {
            return Err(WarehouseError::Other(format!("the days of {code} do not ascend")));
        }
        let source = self.source_id(row.source)?;
        self.columns.push(row.day, row.prices, row.volume, row.amount);
        self.columns.push_runs(row.factor, source);
        self.columns.basis = FactorBasis::parse(row.basis);
        Ok(())
    }

    fn source_id(&mut self, name: &str) -> Result<u32, WarehouseError> {
        if let Some(id) = self.source_ids.get(name) {
            return Ok(*id);
        }
        let id = u16::try_from(self.sources.len());
        let id = u32::from(id.map_err(|_| WarehouseError::Other("more than 65,536 sources".to_owned()))?);
        self.sources.push(name.to_owned());
        self.source_ids.insert(name.to_owned(), id);
        Ok(id)
    }

    fn end_code(&mut self) -> Result<(), WarehouseError> {
        let Some(code) = self.code.take() else { return Ok(()) };
        let shape = self.columns.shape();
        self.columns.encode(shape, &mut self.block);
        if self.block.len() as u64 != shape.block_len() {
            return Err(WarehouseError::Other(format!("the block of {code} has the wrong length")));
        }
        let (Some(basis), Some((last_day, last_factor))) = (self.columns.basis, self.columns.last()) else {
            return Err(WarehouseError::Other(format!("{code} has no factor basis")));
        };
        let mut bytes = [0; 16];
        bytes[..code.as_str().len()].copy_from_slice(code.as_str().as_bytes());
        let hash = [0; BLOCK_HASH_BYTES];
        let mut entry = Entry { code: bytes, offset: self.offset, shape, basis, last_factor, last_day, hash };
        entry.hash = entry.seal(&self.block);
        self.entries.push(entry);
        self.file.write_all(&self.block)?;
        self.offset += self.block.len() as u64;
        self.rows += u64::from(shape.rows);
        if let (Some(first), Some(last)) = (self.columns.days.first(), self.columns.days.last()) {
            let (from, to) = self.days.unwrap_or((*first, *last));
            self.days = Some((from.min(*first), to.max(*last)));
        }
        self.columns.clear();
        Ok(())
    }

    /// Makes the file durable under its name.
    pub(crate) fn finish(mut self) -> Result<SeriesSummary, WarehouseError> {
        self.end_code()?;
        let mut index: Vec<u8> = self.entries.iter().flat_map(Entry::encode).collect();
        for name in &self.sources {
            let len = u16::try_from(name.len())
                .map_err(|_| WarehouseError::Other("a source's name is too long".to_owned()))?;
            index.extend(len.to_le_bytes());
            index.extend(name.as_bytes());
        }
        let (first_day, last_day) = self.days.unwrap_or_default();
        let header = Header {
            codes: self.entries.len() as u32,
            rows: self.rows,
            file_len: self.offset + index.len() as u64,
            index_offset: self.offset,
            index_len: index.len() as u64,
            first_day,
            last_day,
            sources: self.sources.len() as u32,
            index_sha256: Sha256::digest(&index).into(),
        };
        self.file.write_all(&index)?;
        let mut file = self.file.into_inner().map_err(|error| error.into_error())?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header.encode())?;
        file.sync_all()?;
        durable::rename(&Layout::unfinished(&self.path), &self.path)?;
        let date = |day| NaiveDate::from_epoch_days(day);
        let trade_dates = self.days.and_then(|(first, last)| date(first).zip(date(last)));
        Ok(SeriesSummary { codes: header.codes, rows: header.rows, trade_dates, bytes: header.file_len })
    }
}
