//! What callers may ask: parameters, dates, codes and the closed sets of choices. Everything that can be refused without
//! looking at the data is refused here, as a 400 that names the parameter and what it may be.

mod choices;
mod code;
mod near;
mod params;
mod period;
mod range;

pub(crate) use choices::{ADJUSTMENTS, Format, Layer};
pub(crate) use code::{parse_code, read_code, unknown_code};
pub(crate) use near::nearest;
pub(crate) use params::{Params, shown};
pub(crate) use period::period;
pub(crate) use range::{DateRange, date, parse_date};
