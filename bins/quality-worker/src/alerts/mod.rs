//! Who is told what: from findings to messages that arrive.
//!
//! [`book`] holds what is open and what everybody was told, [`decide`] judges what is news, [`outbox`] holds what is still
//! to be sent; all three are pure. [`desk`] keeps the book on disk ([`file`]) and sends ([`target`], [`forms`]).

pub(crate) mod book;
mod decide;
pub(crate) mod desk;
mod file;
mod forms;
pub(crate) mod group;
mod message;
pub(crate) mod outbox;
pub(crate) mod show;
mod target;

pub(crate) use file::probe;
