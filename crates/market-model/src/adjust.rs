//! Adjustment factors: from corporate actions or `pre_close` to a cumulative factor, and from a factor to a price.
//!
//! The model is multiplicative (the one of Tushare and QUANTAXIS, not the affine one of the TDX desktop): at an ex-date
//! the factor grows by `previous raw close / ex-right reference`, the reference being the exchange's formula rounded half
//! up to 0.01, which is what a vendor's `pre_close` holds. With the factor `f`, hfq = raw × f and
//! qfq = raw × (f / f of the anchor day). Only ratios between days mean anything.

mod chain;
mod price;
mod reference;
mod step;

pub use chain::{AdjustError, ChainBar, FactorBasis, FactorChain};
pub use price::{Adjust, UnknownAdjust};
pub use reference::{ex_right_reference, ex_right_reference_unrounded};
pub use step::{NextBar, PrevBar, factor_step, next_factor};
