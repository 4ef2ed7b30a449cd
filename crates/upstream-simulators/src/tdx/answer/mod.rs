//! One file per kind of answer.

mod bars;
mod book;
mod dispatch;
mod finance;
mod intraday;
mod lists;
mod view;
mod xdxr;

pub(super) use dispatch::answer;
pub(super) use view::View;
