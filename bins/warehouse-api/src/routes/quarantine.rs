//! `GET /quality/quarantine`: the rows that were refused, and what became of them.

mod body;
pub(crate) mod list;
pub(crate) mod show;
