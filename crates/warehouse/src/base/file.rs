//! A base while it is built: an attached, unfinished database that becomes three files with their final names.

use std::{collections::BTreeMap, fs, path::PathBuf, thread};

use chrono::{DateTime, Utc};
use duckdb::Connection;

use crate::{
    Layout, WarehouseError, durable, engine,
    logical::table_sum,
    manifest::{BaseManifest, FileRef, TableSum},
    schema::{BASE_TABLES, HASHED_TABLES, SCHEMA_VERSION},
    series::{SeriesSummary, write_series},
};

/// The catalog name of the base that is being built.
pub(crate) const NEXT: &str = "next";

/// What makes incremental work on top of a base cheap: which days it holds, each code's first bar, each code's last bars.
const HELPERS: &str = "
    CREATE TABLE next.sealed_day (source VARCHAR, trade_date DATE);
    CREATE TABLE next.first_bar (code VARCHAR, trade_date DATE, factor_basis VARCHAR);
    CREATE TABLE next.recent_bar (
        code VARCHAR, trade_date DATE, close DOUBLE, raw_close DOUBLE, adj_factor DOUBLE, factor_basis VARCHAR,
        source VARCHAR, vendor_factor DOUBLE);";

/// The next base, attached as [`NEXT`]. Its rows must be inserted in the order of (code, trade_date).
#[derive(Debug)]
pub(crate) struct NextBase {
    number: u64,
    layout: Layout,
    unfinished: PathBuf,
}

impl NextBase {
    /// Creates an empty one; the connection's main database is the tail, whose tables it takes over.
    pub(crate) fn create(conn: &Connection, layout: &Layout, number: u64) -> Result<Self, WarehouseError> {
        let unfinished = Layout::unfinished(&layout.base(number));
        let leftovers = [layout.base(number), layout.series(number), layout.base_manifest(number)];
        for file in leftovers.iter().chain([&unfinished, &Layout::wal(&unfinished)]) {
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        engine::attach(conn, &unfinished, NEXT, false)?;
        for table in BASE_TABLES {
            conn.execute_batch(&format!("CREATE TABLE {NEXT}.{table} AS FROM {table} LIMIT 0"))?;
        }
        conn.execute_batch(HELPERS)?;
        Ok(Self { number, layout: layout.clone(), unfinished })
    }

    /// Its number.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Brings everything from the log into the file.
    pub(crate) fn checkpoint(&self, conn: &Connection) -> Result<(), WarehouseError> {
        Ok(conn.execute_batch(&format!("CHECKPOINT {NEXT}"))?)
    }

    /// Counts and hashes of its tables: of those that `known` does not hold, by reading all of them.
    pub(crate) fn sums(
        &self,
        conn: &Connection,
        mut known: BTreeMap<String, TableSum>,
    ) -> Result<BTreeMap<String, TableSum>, WarehouseError> {
        for table in HASHED_TABLES.iter().filter(|table| table.in_base) {
            if !known.contains_key(table.name) {
                known.insert(table.name.to_owned(), table_sum(conn, NEXT, table)?.into());
            }
        }
        Ok(known)
    }

    /// Where its series file belongs.
    pub(crate) fn series(&self) -> PathBuf {
        self.layout.series(self.number)
    }

    /// Writes the series file from its curated rows.
    pub(crate) fn write_series(&self, conn: &Connection) -> Result<SeriesSummary, WarehouseError> {
        write_series(conn, &format!("{NEXT}.curated_daily"), &self.series())
    }

    /// Makes it durable under its final name beside its series file, writes the manifest, and detaches it.
    pub(crate) fn finish(
        self,
        conn: &Connection,
        tables: BTreeMap<String, TableSum>,
        summary: SeriesSummary,
        now: DateTime<Utc>,
    ) -> Result<BaseManifest, WarehouseError> {
        let series = self.series();
        conn.execute_batch(&format!("CHECKPOINT {NEXT}; DETACH {NEXT}"))?;
        let file = self.layout.base(self.number);
        durable::rename(&self.unfinished, &file)?;
        let (database, series) = thread::scope(|scope| {
            let hashed = scope.spawn(|| FileRef::of(&series));
            let database = FileRef::of(&file);
            (database, hashed.join())
        });
        let series = series.unwrap_or_else(|_| Err(WarehouseError::Other("hashing the series file failed".to_owned())));
        let manifest = BaseManifest {
            number: self.number,
            built_at: now,
            schema_version: SCHEMA_VERSION,
            database: database?,
            series: series?,
            tables,
            trade_dates: summary.trade_dates,
        };
        manifest.write(&self.layout.base_manifest(self.number))?;
        Ok(manifest)
    }
}
