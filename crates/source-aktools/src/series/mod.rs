//! The series as data: which column of which function, in which unit, about which period, published when.

mod lookup;
mod month;
mod period;
mod spec;
mod table;

pub use lookup::{functions, series_named};
pub use spec::{PeriodRule, PublicationRule, SeriesSpec};
pub use table::SERIES;

pub(crate) use lookup::{function_named, series_of};
