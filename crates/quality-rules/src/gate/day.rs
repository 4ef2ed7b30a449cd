//! Days on which nothing can have traded.

use chrono::NaiveDate;
use market_model::{Code, Exchange, opened};

use super::{Refusal, refuse};
use crate::rules::schema;

/// The Buttonwood Agreement, from which New York counts: no vendor has a price from before.
const ANYTHING_OPENED: NaiveDate = match NaiveDate::from_ymd_opt(1792, 5, 17) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Refuses a trading day before the code's exchange had opened.
pub(super) fn trading_day(column: &str, code: &Code, date: NaiveDate) -> Result<(), Refusal> {
    // Beijing's shares have histories from before it opened: nothing of the mainland's is older than Shanghai.
    let opened = match code.exchange() {
        Exchange::Bse => opened(Exchange::Sse),
        exchange => opened(exchange),
    };
    not_before(column, opened.unwrap_or(ANYTHING_OPENED), date)
}

/// Refuses a period that no figure can be about.
pub(super) fn period(column: &str, date: NaiveDate) -> Result<(), Refusal> {
    not_before(column, ANYTHING_OPENED, date)
}

fn not_before(column: &str, first: NaiveDate, date: NaiveDate) -> Result<(), Refusal> {
    if date < first { refuse(&schema::INFO, column, date, &format!("lies before {first}")) } else { Ok(()) }
}
