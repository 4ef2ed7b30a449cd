//! The protocol itself: bytes to records and back, without sockets and without opinions about units.
//!
//! Everything is little endian, text is GBK. A question is a [`Request`]; [`Request::encode`] gives its exact bytes. An
//! answer is a frame: a 16-byte [`Head`] and a body, zlib or plain, that [`open_frame`] checks and inflates. Then one function
//! per method reads the body. Prices are integers of 0.001 yuan (quotes, ticks: 0.01 or 0.001), volumes whatever the server
//! counts in: see [`crate::Category`] and `normalize` for what they mean.
//!
//! Every decoder is total: any bytes give records or a [`WireError`], never a panic, and no more memory than the body can
//! account for, whatever counts it declares.

mod bars;
mod category;
mod cursor;
mod error;
mod finance;
mod frame;
mod hello;
mod minute;
mod quotes;
mod request;
mod security;
mod stamp;
mod text;
mod ticks;
mod xdxr;

pub use bars::{BarLayout, BarRecord, MAX_BARS, bars_request, decode_bars, decode_bars_into};
pub use category::Category;
pub use cursor::varint;
pub use error::WireError;
pub use finance::{FinanceRecord, decode_finance, finance_request};
pub use frame::{HEAD_LEN, Head, Inflater, open_frame};
pub use hello::{ServerHello, decode_hello, hello_requests};
pub use minute::{MinuteRecord, decode_minutes, minute_request, past_minute_request};
pub use quotes::{MAX_QUOTES, QuoteLevel, QuoteRecord, decode_quotes, quotes_request};
pub(crate) use request::spelling;
pub use request::{Market, Request};
pub use security::{LIST_PAGE, SecurityRecord, count_request, decode_count, decode_list, list_request};
pub use stamp::{day_of, minute_of};
pub use ticks::{MAX_TICKS, TickRecord, decode_past_ticks, decode_ticks, past_ticks_request, ticks_request};
pub(crate) use xdxr::is_about;
pub use xdxr::{XdxrEvent, XdxrRow, decode_xdxr, xdxr_request};
