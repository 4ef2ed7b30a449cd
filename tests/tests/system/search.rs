//! Web search through the daemons' own binaries, over a simulated SearXNG: what the specification names, and what it must
//! survive.

mod api;
mod crowd;
mod faults;
mod privacy;
mod specification;
