//! Minutes and trades of one day.

use chrono::{Datelike as _, NaiveDate};
use market_model::Code;

use super::single::{Single, never};
use crate::{
    Client, Fetched, Minute, TdxError, Tick,
    normalize::{minutes, ticks},
    question::{Note, Question, Spelled},
    wire::{
        MAX_TICKS, MinuteRecord, TickRecord, decode_minutes, decode_past_ticks, decode_ticks, minute_request,
        past_minute_request, past_ticks_request, ticks_request,
    },
};

impl Client {
    /// The line of minutes of a past day, or of today where `date` is `None`. Servers differ in today's layout; three are
    /// known. Minute bars ([`Client::bars`]) are the safer choice.
    pub async fn minute_line(&self, code: &Code, date: Option<NaiveDate>) -> Result<Fetched<Minute>, TdxError> {
        let spelled = Spelled::of(code)?;
        let day = date.map(number).transpose()?;
        let request = match day {
            Some(day) => past_minute_request(spelled.market, spelled.symbol, day),
            None => minute_request(spelled.market, spelled.symbol),
        };
        let said = self
            .inquire(&Single {
                question: Question::new("minute", request, Note { date: day, ..spelled.note() }),
                subject: code.to_string(),
                clock: self.clock(),
                read: |body: &[u8]| decode_minutes(body, day.is_some()),
                doubt: never::<Vec<MinuteRecord>>,
            })
            .await?;
        let (rows, rejected) = minutes("minute", code, &said.value);
        Ok(Fetched { rows, rejected, pages: vec![said.page], ..Fetched::default() })
    }

    /// `count` trades (at most 1800) of a past day, or of today where `date` is `None`, in order of time; the newest of them
    /// `start` trades before the newest of all.
    ///
    /// # Errors
    /// [`TdxError::BadRequest`] for more than 1800 trades or none.
    pub async fn ticks(
        &self,
        code: &Code,
        date: Option<NaiveDate>,
        start: u16,
        count: u16,
    ) -> Result<Fetched<Tick>, TdxError> {
        if count == 0 || count > MAX_TICKS {
            return Err(TdxError::BadRequest { message: format!("between 1 and {MAX_TICKS} trades, not {count}") });
        }
        let spelled = Spelled::of(code)?;
        let day = date.map(number).transpose()?;
        let request = match day {
            Some(day) => past_ticks_request(spelled.market, spelled.symbol, day, start, count),
            None => ticks_request(spelled.market, spelled.symbol, start, count),
        };
        let note = Note { date: day, start: Some(start), count: Some(count), ..spelled.note() };
        let said = self
            .inquire(&Single {
                question: Question::new("ticks", request, note),
                subject: code.to_string(),
                clock: self.clock(),
                read: if day.is_some() { decode_past_ticks } else { decode_ticks },
                doubt: never::<Vec<TickRecord>>,
            })
            .await?;
        let (rows, rejected) = ticks("ticks", code, &said.value);
        Ok(Fetched { rows, rejected, pages: vec![said.page], ..Fetched::default() })
    }
}

/// A date as the number YYYYMMDD.
fn number(date: NaiveDate) -> Result<u32, TdxError> {
    let year =
        u32::try_from(date.year()).map_err(|_| TdxError::BadRequest { message: format!("{date} is no date") })?;
    Ok(year * 10_000 + date.month() * 100 + date.day())
}
