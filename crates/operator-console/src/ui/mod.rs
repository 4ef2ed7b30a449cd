//! Pieces that pages are made of. Each is a function that gives [`Markup`](maud::Markup).

mod action;
mod badge;
mod live;
mod meter;
mod money;
mod next_page;
mod panel;
mod time;

pub use action::{Style, action};
pub use badge::{Level, badge};
pub use live::live;
pub use meter::meter;
pub(crate) use money::grouped_digits;
pub use money::{grouped, yuan, yuan_text};
pub use next_page::next_page;
pub use panel::{empty, panel, tile, tiles};
pub use time::{ago, date, lasting, moment};
