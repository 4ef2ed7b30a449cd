//! The operator's pages below `/console`: how the channels are and what is changed about them, what became of requests,
//! what they cost and when money runs out, who changed what.
//!
//! A page asks the same functions as the JSON route of its matter, and changes nothing but through them. Pages do not wait
//! for the books to be flushed: they show what is committed, some milliseconds late, and also beside a full disk.

mod audit;
mod authority;
mod channel;
mod channel_cells;
mod channel_changes;
mod channel_forms;
mod channel_now;
mod channels;
mod forecast;
mod money;
mod mount;
mod prices;
mod query;
mod rates;
mod request;
mod requests;
mod search;
mod spend;
mod spend_chart;
mod spend_today;
mod table;
mod tokens;
mod words;

pub(crate) use mount::{Pages, mount};

#[cfg(test)]
mod tests;
