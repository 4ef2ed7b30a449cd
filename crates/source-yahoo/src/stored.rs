//! Reading a stored response again: a bar or an event that was refused when it came is normalized by today's rules.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{last_final_day, vendor_code};
use serde::Deserialize;

use crate::{
    GlobalHistory, YahooError,
    normalize::{self, Asked},
    wire::{self, Answer, NoAnswer},
};

/// Reads one stored response: its request and body as in [`RawPage`](crate::RawPage). Every day of it counts as wanted
/// that was final at `fetched_at`; `pages` are empty, for whoever asks has the response.
///
/// # Errors
/// [`YahooError::StoredResponse`] for what is no response of this vendor; without pages whatever
/// [`Client::history`](crate::Client::history) says about an answer.
pub fn decode(request: &str, body: &[u8], fetched_at: DateTime<Utc>) -> Result<GlobalHistory, YahooError> {
    let unreadable = |reason: String| YahooError::StoredResponse { reason };
    let asked: Asking = serde_json::from_str(request).map_err(|error| unreadable(format!("its request: {error}")))?;
    let symbol = asked.symbol.as_str();
    let code = vendor_code::yahoo::parse(symbol).map_err(|error| unreadable(format!("its request: {error}")))?;
    let to = last_final_day(code.exchange(), fetched_at);
    let asked = Asked { code, symbol, from: NaiveDate::MIN, to, now: fetched_at };
    match wire::read(body) {
        Ok(Answer::Chart(chart)) => normalize::history(&chart, &asked, Vec::new()),
        Ok(Answer::Refused { code, description }) => {
            Err(unreadable(format!("it is a refusal ({code}: {description})")))
        }
        Err(NoAnswer::Garbled(reason) | NoAnswer::OtherShape(reason)) => Err(unreadable(reason)),
    }
}

/// What is needed of a request.
#[derive(Deserialize)]
struct Asking {
    symbol: String,
}
