//! The search front: who may search and how often, before `web_search` does it; and what its answers look like over HTTP.
//!
//! What is searched for goes into no log line, no span and no error: a search is told by its origin, its engines, the kind
//! of its caller and how long it took.

mod answer;
mod ask;
mod cache_key;
mod doorkeeper;
mod failure;
mod forwarded;
mod front;

pub(crate) use failure::switched_off;
pub(crate) use front::SearchFront;
