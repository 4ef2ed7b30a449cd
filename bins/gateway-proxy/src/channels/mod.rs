//! The channels of this process: those of the configuration and those that operators stored, with what operators changed
//! about them since.
//!
//! [`Channels`] is all that is known; [`Channels::apply`] makes the router's and the relay's view of it. A change is in the
//! books, with its entry in the audit log, before it is in force.

mod apply;
mod book;
mod budget;
mod change;
mod definition;
mod fingerprint;
mod keys;
mod known;
mod patch;
mod reseal;
mod seen;
mod store;
mod unusable;

pub(crate) use book::Channels;
pub(crate) use budget::Budget;
pub(crate) use change::{Change, ChangeError};
pub(crate) use definition::ChannelDefinition;
pub(crate) use fingerprint::fingerprint;
pub(crate) use known::{Known, Origin};
pub(crate) use patch::Patch;
pub(crate) use reseal::reseal;
pub(crate) use seen::{Seen, again_in};
pub(crate) use store::{Stored, Wanted};
pub(crate) use unusable::Unusable;
