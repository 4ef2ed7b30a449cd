//! The bytes: encoders that know nothing of the market.

mod bars;
mod frame;
mod hello;
mod intraday;
mod primitive;
mod quote;
mod reference;
#[cfg(test)]
mod samples;

pub(super) use bars::{BarRecord, Stamp, bars};
pub(super) use frame::{Deflater, HEAD, Head, corrupt, lengthen};
pub(super) use hello::{Hello, hello, hello_3};
pub(super) use intraday::{MinutePoint, Tick, minute_line, past_minute_line, past_ticks, ticks};
pub(super) use primitive::put_u16;
pub(super) use quote::{Level, Quote, quotes};
pub(super) use reference::{
    Finance, ListEntry, Symbol, XdxrRecord, finance, nothing, security_count, security_list, xdxr,
};
