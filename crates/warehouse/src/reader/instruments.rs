//! The reference data of one generation, in memory.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::Connection;
use market_model::{Code, Exchange, Instrument, TradingCalendar};

use crate::{
    WarehouseError,
    writer::datasets::{INSTRUMENT_COLUMNS, read_instrument},
};

/// Everything that is or was listed, by code.
#[derive(Debug, Default)]
pub(crate) struct Instruments {
    all: Vec<Instrument>,
    by_code: HashMap<Code, usize>,
}

impl Instruments {
    pub(crate) fn load(conn: &Connection, tail: &str) -> Result<Self, WarehouseError> {
        let mut statement =
            conn.prepare(&format!("SELECT {INSTRUMENT_COLUMNS} FROM {tail}.instrument ORDER BY code"))?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read_instrument(row)?);
        }
        let by_code = all.iter().enumerate().map(|(at, instrument)| (instrument.code, at)).collect();
        Ok(Self { all, by_code })
    }

    pub(crate) fn get(&self, code: &Code) -> Option<&Instrument> {
        self.by_code.get(code).map(|at| &self.all[*at])
    }

    pub(crate) fn all(&self) -> &[Instrument] {
        &self.all
    }

    /// What trades under `symbol`, on whichever exchange.
    pub(crate) fn candidates(&self, symbol: &str) -> Vec<&Instrument> {
        let codes = Exchange::ALL.into_iter().filter_map(|exchange| Code::new(symbol, exchange).ok());
        codes.filter_map(|code| self.get(&code)).collect()
    }
}

/// The mainland's calendar.
pub(crate) fn load_calendar(conn: &Connection, tail: &str) -> Result<TradingCalendar, WarehouseError> {
    // The three exchanges share one; where sources differ, SSE's word comes last and counts.
    let mut statement = conn.prepare(&format!(
        "SELECT cal_date, is_open FROM {tail}.trading_calendar ORDER BY exchange = 'SSE', exchange, cal_date"
    ))?;
    let mut rows = statement.query([])?;
    let mut days: Vec<(NaiveDate, bool)> = Vec::new();
    while let Some(row) = rows.next()? {
        days.push((row.get(0)?, row.get(1)?));
    }
    Ok(TradingCalendar::from_days(days))
}
