//! The market's own terms: codes, bars, instruments, calendars, dated rules and adjustment factors.
//!
//! This crate is pure: it does no IO, reads no clock and draws no random numbers. Everything that depends on "today"
//! takes the day as an argument.
//!
//! Units, everywhere in the project once a vendor's row is normalized: prices in **yuan** (or the listing currency),
//! volume in **shares**, amounts in **yuan**. Dates are the exchange's local dates.

mod action;
mod bar;
mod calendar;
mod code;
mod instrument;

pub use action::CorporateAction;
pub use bar::{DailyBar, DailyBasic, PriceLimit, Suspension, SuspensionKind};
pub use calendar::{CalendarDay, TradingCalendar};
pub use code::{Code, CodeError, Exchange};
pub use instrument::{Board, Instrument, InstrumentKind, ListStatus};
