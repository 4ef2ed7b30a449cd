//! What every source owes the hub, whoever the vendor is: the same clauses for all five clients, each against its simulated
//! vendor.
//!
//! A clause says what comes out **and** how often the vendor was asked for it. [`contract`] has the terms in which all
//! clients are judged; a client's own file says what its question is, what the truth is, and how its vendor misbehaves;
//! [`matrix`] proves that every clause runs for every client or has a reason not to.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod aktools;
mod alpha_vantage;
mod bench;
mod clauses;
mod contract;
mod facts;
mod matrix;
mod tdx;
mod tushare;
mod yahoo;
