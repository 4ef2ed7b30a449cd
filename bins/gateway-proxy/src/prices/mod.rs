//! What tokens cost: the operator's file, read while the gateway runs, and the last one that was good.

mod book;
mod file;
mod follow;
mod renew;
mod unpriced;
mod write;

pub(crate) use book::{PriceBook, PriceState, Reloaded};
pub(crate) use file::PriceFile;
pub(crate) use follow::follow;
pub(crate) use renew::{Look, tell};
pub(crate) use unpriced::unpriced;
pub(crate) use write::to_toml;
