//! A SearXNG over a made-up web.
//!
//! Every engine finds its own part of the pages that the web has for a query, always the same ones; what several find is one
//! result with all of them in `engines`, scored and sorted as SearXNG does it. Engines fail, are suspended for as long as
//! SearXNG suspends them, and are then `unresponsive_engines` in an answer with HTTP 200. The server itself fails on
//! request as well ([`SearxngFault`]). Error texts, status codes and the JSON's spelling (`\uXXXX`) are SearXNG's.

mod answer;
mod calls;
mod control;
mod engine;
mod fault;
mod faults;
mod form;
mod gate;
mod merge;
mod options;
mod page;
mod python_json;
mod respond;
mod server;
mod settings_report;
mod suspension;

pub use calls::{SearxngCall, SearxngCalls};
pub use engine::SearxngEngine;
pub use fault::{EngineFailure, SearxngFault, SearxngFaultRule};
pub use faults::SearxngFaults;
pub use gate::SearxngGate;
pub use options::SearxngOptions;
pub use page::SearxngPage;
pub use server::SearxngServer;
