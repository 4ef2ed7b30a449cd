//! Which files of a Hermes profile are replicated, and how each is treated.
//!
//! An allow-list, because Hermes writes about ninety kinds of files into a profile and adds new ones with every release:
//! tokens that die when they are copied, databases, locks, caches. What is not named here stays where it is.

mod component;
mod kind;
mod limits;

pub use component::{NameProblem, check_component, fold};
pub use kind::{Allowed, Kind, Refused, classify};
pub use limits::Limits;
