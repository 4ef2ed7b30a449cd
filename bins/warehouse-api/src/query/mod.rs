//! What callers may ask: parameters, dates, codes and the closed sets of choices. Everything that can be refused without
//! looking at the data is refused here, as a 400 that names the parameter and what it may be.

mod body;
mod choices;
mod code;
mod moment;
mod near;
mod page;
mod params;
mod period;
mod range;
mod rules;

pub(crate) use body::{missing, parse_body, read_body};
pub(crate) use choices::{ADJUSTMENTS, Format, Layer};
pub(crate) use code::{optional_code, parse_code, read_code, unknown_code};
pub(crate) use daemon_kit::body::shown;
pub(crate) use moment::Span;
pub(crate) use near::nearest;
pub(crate) use page::{cursor, limit, next_link};
pub(crate) use params::Params;
pub(crate) use period::period;
pub(crate) use range::{DateRange, date, read_date};
pub(crate) use rules::{rule, severity};
