//! The features of `feature_daily` as pure functions of a code's closes.
//!
//! **Input**: closes of one code, ascending by date, one per bar of its own (a suspended day has no bar and no place in a
//! window), backward adjusted (hfq), so that an ex-date is no move. Prices are positive; the vendor's `pe_ttm` and `pb`
//! are no kernels, whoever writes the row copies them from `daily_basic`.
//!
//! **Warm-up**: a feature needs its whole window. Before it has it, it is `None`, never a value of a shorter window.
//!
//! **Same bits**: [`compute_all`] over a whole history and [`compute_last`] over its last [`WINDOW`] closes give the same
//! bits for the same day, because incremental and bulk results are compared by hash. So no kernel keeps a running sum:
//! each window is summed by itself, in one fixed order that both paths share.
//!
//! | feature | closes needed | value |
//! |---|---|---|
//! | `ma_5`, `ma_10`, `ma_20`, `ma_60` | 5, 10, 20, 60 | mean of the last so many closes, hfq yuan |
//! | `momentum_5d`, `momentum_20d` | 6, 21 | `close / close so many bars ago − 1` |
//! | `volatility_20d` | 21 | sample standard deviation (n − 1) of the last 20 simple daily returns, **not** annualised |

mod compute;
mod features;
mod momentum;
mod moving_average;
mod volatility;

pub use compute::{WINDOW, compute_all, compute_last};
pub use features::Features;
