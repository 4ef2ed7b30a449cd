//! Backups: what a host that is lost was, made again on an empty one.
//!
//! ```text
//! <folder>/objects/ab/<sha256>     pieces of files, each named by what it holds; never changed
//!         /snapshots/<time>-<host>.json   which pieces make which files; written last, so that what is there is whole
//!         /tmp                      what is being made
//!         /lock                     held by whoever changes something
//! ```
//!
//! A backup costs what has changed: a piece that is there is not written again, and a file that is known by its hash is not
//! even read. Secrets are in one piece that only the offline recovery identity opens.

pub(crate) mod create;
mod document;
mod intake;
pub(crate) mod moments;
mod outlet;
mod parts;
mod paths;
pub(crate) mod prune;
pub(crate) mod restore;
mod seal;
pub(crate) mod snapshot;
mod staged;
pub(crate) mod store;
pub(crate) mod verify;
