//! The reference data of one generation, in memory.

use std::collections::HashMap;

use chrono::NaiveDate;
use duckdb::{Connection, Row};
use market_model::{Board, Code, Exchange, Instrument, InstrumentKind, TradingCalendar};

use crate::WarehouseError;

/// Everything that is or was listed, by code.
#[derive(Debug, Default)]
pub(crate) struct Instruments {
    all: Vec<Instrument>,
    by_code: HashMap<Code, usize>,
}

impl Instruments {
    pub(crate) fn load(conn: &Connection, tail: &str) -> Result<Self, WarehouseError> {
        let mut statement = conn.prepare(&format!(
            "SELECT code, kind, board, name, listed, delisted, renamed_from FROM {tail}.instrument ORDER BY code"
        ))?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(instrument(row)?);
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

fn instrument(row: &Row<'_>) -> Result<Instrument, WarehouseError> {
    let bad = |what: &str, text: &str| WarehouseError::Other(format!("instrument has the {what} `{text}`"));
    let code = |text: String| text.parse::<Code>().map_err(|_| bad("code", &text));
    let kind: String = row.get(1)?;
    let board: Option<String> = row.get(2)?;
    Ok(Instrument {
        code: code(row.get(0)?)?,
        kind: InstrumentKind::parse(&kind).ok_or_else(|| bad("kind", &kind))?,
        board: board.map(|text| Board::parse(&text).ok_or_else(|| bad("board", &text))).transpose()?,
        name: row.get(3)?,
        listed: row.get(4)?,
        delisted: row.get(5)?,
        renamed_from: row.get::<_, Option<String>>(6)?.map(code).transpose()?,
    })
}
