//! The TDX (通达信) binary protocol over TCP: bars, corporate actions, reports and quotes of the mainland market from a pool
//! of public servers.
//!
//! A question goes [`Client`] → `inquiry` (which server, how often) → `pool` (a leased connection) → [`wire`] (bytes) →
//! `normalize` (vendor units → yuan and shares). Every answer comes back twice: as typed rows, and as the exact frames that
//! were received ([`RawPage`]), so that the warehouse can keep the lineage of each number.
//!
//! The servers are many, free, and not to be trusted. Three rules follow:
//! * **A server is good when it serves real bars**, not when it answers: it is probed with a question for them before it is
//!   used, and again after every fault.
//! * **A truncated, damaged or misdirected answer is the server's fault, never "no data".** The question goes to another
//!   server. "Nothing there" is believed once two servers say so.
//! * **Units are judged, not assumed**: a response in another known unit is put right with a note, any other is refused.
//!
//! This crate does not know the warehouse, reads no environment, and takes its clock as an argument; waiting uses tokio's
//! clock. It never asks a server more often than configured, on as many connections as configured: by default one.

mod client;
mod config;
mod endpoints;
mod error;
mod fetched;
mod inquiry;
mod normalize;
mod pool;
mod question;
mod stored;
pub mod wire;

pub use client::{Client, Clock};
pub use config::ClientConfig;
pub use error::{Decision, TdxError};
pub use fetched::{Fetched, RawPage, RejectedRow, Row};
pub use normalize::{Bar, FinanceSnapshot, Minute, Quote, QuoteDepth, Security, Tick, TickSide, XdxrRecord};
pub use pool::{ServerHealth, ServerState};
pub use stored::{
    Place, Stored, StoredHistory, StoredRows, decode, decode_corporate_actions, decode_daily_bars, decode_daily_history,
};
pub use wire::{Category, Market, XdxrEvent};
