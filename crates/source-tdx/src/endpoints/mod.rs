//! The questions a caller may ask, one file each.

mod bars;
mod daily_bars;
mod finance;
mod intraday;
mod quotes;
mod securities;
mod single;
mod xdxr;

pub(crate) use bars::{dataset_of, unit_mismatch};
pub(crate) use finance::{DATASET as DATASET_FINANCE, claims_of, snapshot_of};
pub(crate) use xdxr::{DATASET as DATASET_XDXR, actions_of};
