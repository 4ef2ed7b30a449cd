//! The market's own terms: codes, bars, instruments, calendars, dated rules and adjustment factors.
//!
//! This crate is pure: it does no IO, reads no clock and draws no random numbers. Everything that depends on "today"
//! takes the day as an argument.
//!
//! Units, everywhere in the project once a vendor's row is normalized: prices in **yuan** (or the listing currency),
//! volume in **shares**, amounts in **yuan**. Dates are the exchange's local dates.

mod action;
pub mod adjust;
mod bar;
mod calendar;
mod code;
mod code_map;
mod decimal;
mod fundamental;
mod history_estimate;
mod instrument;
mod instrument_name;
mod macro_observation;
pub mod rulebook;
mod session;
mod unit_check;
pub mod vendor_code;
mod volatility_index;

pub use action::CorporateAction;
pub use adjust::{
    Adjust, AdjustError, ChainBar, FactorBasis, FactorChain, NextBar, PrevBar, UnknownAdjust, ex_right_reference,
    ex_right_reference_unrounded, factor_step, next_factor,
};
pub use bar::{DailyBar, DailyBasic, PriceLimit, Suspension, SuspensionKind};
pub use calendar::{CalendarDay, TradingCalendar, follows_shanghai, opened};
pub use code::{Code, CodeError, Exchange};
pub use code_map::{CodeChange, CodeMap, CodeMapError, bse_candidate, bse_change};
pub use decimal::{Tick, percent_change, round_half_up};
pub use fundamental::{FundamentalClaim, Metric, MetricUnit};
pub use history_estimate::{HistoryEstimate, HistoryPace, estimate_histories};
pub use instrument::{Board, Instrument, InstrumentKind, ListStatus};
pub use instrument_name::{InstrumentName, is_delisting_period, is_special_treatment};
pub use macro_observation::MacroObservation;
pub use rulebook::{Limit, LimitQuery, Lot, PriceRules, Segment, limit_prices, lot, tick};
pub use session::{bars_final_at, last_final_day};
pub use unit_check::UnitCheck;
pub use vendor_code::VendorCodeError;
pub use volatility_index::is_volatility_index;
