//! Which rows an answer may hold. A server that ignores a parameter must not put other days into this one.

use chrono::NaiveDate;
use market_model::Code;

use super::{BadCell, RowReader};

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope {
    /// Every code on one day.
    Day(NaiveDate),
    /// One code over days, both ends included.
    History { code: Code, from: NaiveDate, to: NaiveDate },
}

impl Scope {
    /// The key of a row (`ts_code`, `trade_date`), if it was asked for.
    pub(crate) fn key(&self, row: &RowReader<'_>) -> Result<(Code, NaiveDate), BadCell> {
        let (code, date) = (row.code()?, row.date("trade_date")?);
        match self {
            Self::Day(day) if date != *day => Err(row.bad("trade_date", format!("was not asked for: {day} was"))),
            Self::History { code: asked, .. } if code != *asked => {
                Err(row.bad("ts_code", format!("was not asked for: {asked} was")))
            }
            Self::History { from, to, .. } if date < *from || date > *to => {
                Err(row.bad("trade_date", format!("was not asked for: {from} to {to} was")))
            }
            _ => Ok((code, date)),
        }
    }
}
