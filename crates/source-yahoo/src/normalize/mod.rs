//! The vendor's arrays → bars and corporate actions as traded.

mod actions;
mod as_traded;
mod bars;
mod checks;
mod history;

pub(crate) use history::{Asked, history};
