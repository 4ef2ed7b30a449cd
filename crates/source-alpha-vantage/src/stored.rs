//! Reading a stored response again: a row that was refused when it came is normalized by today's rules.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, Exchange, last_final_day, vendor_code};
use serde::Deserialize;

use crate::{
    AlphaVantageError, Function, GlobalHistory, OutputSize,
    normalize::{self, Asked},
    wire::{self, Answer, NoAnswer},
};

/// Reads one stored response: its request and body as in [`RawPage`](crate::RawPage). Every day of it counts as wanted
/// that was final at `fetched_at`; `pages` are empty, for whoever asks has the response.
///
/// # Errors
/// [`AlphaVantageError::StoredResponse`] for what is no response of this vendor; without pages whatever
/// [`Client::history`](crate::Client::history) says about an answer.
pub fn decode(request: &str, body: &[u8], fetched_at: DateTime<Utc>) -> Result<GlobalHistory, AlphaVantageError> {
    let asking: Asking = serde_json::from_str(request).map_err(|error| unreadable(format!("its request: {error}")))?;
    let function = Function::named(&asking.function);
    let function = function.ok_or_else(|| unreadable(format!("there is no function {}", asking.function)))?;
    let size = OutputSize::named(&asking.outputsize).unwrap_or(OutputSize::Full);
    let (code, symbol) = asking.subject()?;
    let series = match wire::read(function, body) {
        Ok(Answer::Series(series)) => series,
        Ok(Answer::Nothing) => return Ok(GlobalHistory::default()),
        Ok(Answer::Refused { key, .. }) => return Err(unreadable(format!("it is a refusal ({key})"))),
        Err(NoAnswer::Garbled(reason) | NoAnswer::OtherShape(reason)) => return Err(unreadable(reason)),
    };
    let to = last_final_day(code.exchange(), fetched_at);
    let asked = Asked { code, function, from: NaiveDate::MIN, to };
    normalize::history(&series, &symbol, &asked, size, Vec::new())
}

/// What is needed of a request.
#[derive(Deserialize)]
struct Asking {
    function: String,
    outputsize: String,
    symbol: Option<String>,
    from_symbol: Option<String>,
    to_symbol: Option<String>,
}

impl Asking {
    /// The code, and its spelling in questions.
    fn subject(&self) -> Result<(Code, String), AlphaVantageError> {
        let request = |error: &dyn std::fmt::Display| unreadable(format!("its request: {error}"));
        match (&self.symbol, &self.from_symbol, &self.to_symbol) {
            (Some(symbol), _, _) => {
                let code = vendor_code::alpha_vantage::parse(symbol).map_err(|error| request(&error))?;
                Ok((code, symbol.clone()))
            }
            (None, Some(from), Some(to)) => {
                let pair = format!("{from}{to}");
                Ok((Code::new(&pair, Exchange::Fx).map_err(|error| request(&error))?, pair))
            }
            _ => Err(unreadable("its request names no symbol".to_owned())),
        }
    }
}

fn unreadable(reason: String) -> AlphaVantageError {
    AlphaVantageError::StoredResponse { reason }
}
