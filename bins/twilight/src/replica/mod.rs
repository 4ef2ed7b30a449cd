//! Copies of what is published: over rsync into a staging area, verified, and only then made current by one rename.
//!
//! The receiving side ([`receiver`]) never trusts the sending one: whatever arrives is compared with the manifest, read in full,
//! counted and hashed before readers see it. A pull has its receiver in the same process; a push speaks to one over ssh
//! ([`session`]), started by a forced command ([`forced`]) that allows nothing else.

mod addresses;
mod arrival;
pub(crate) mod drill;
mod error;
mod files;
mod forced;
mod lock;
mod messages;
mod noted;
mod options;
pub(crate) mod place;
mod progress;
mod pull;
mod push;
mod queries;
pub(crate) mod receive;
mod receiver;
mod rsync;
mod session;
mod source;
mod staging;

pub(crate) use arrival::Outcome;
pub(crate) use noted::note_verified;
pub(crate) use options::Options;
pub(crate) use pull::pull;
pub(crate) use push::{ask_target, push};
