//! What tokens cost: a dated table with tiers, cached and thinking rates, hours of the day.

mod hours;
mod row;
mod table;
#[cfg(test)]
mod tests;

pub use hours::Hours;
pub use row::{DefaultPrice, PriceError, PriceRow};
pub use table::{PriceTable, Priced};
