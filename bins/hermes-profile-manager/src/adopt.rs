//! Taking an existing Hermes home in: what is there, what would change, and the change.
//!
//! `profile_store::adopt` plans; here the home is read without following a link, and the plan is carried out so that a
//! process that is killed at any instant has lost no secret: `.env` has them all before a setting lets go of one.

mod carry_out;
mod intent;
mod read;

pub(crate) use carry_out::carry_out;
pub(crate) use intent::{Intent, Wish};
pub(crate) use read::{Existing, read};
