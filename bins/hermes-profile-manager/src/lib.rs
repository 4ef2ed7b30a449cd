//! Agent profiles on this machine: claimed, synchronised with the registry, made from templates.
//!
//! ```text
//! commands ─► sync (three-way merge by meaning) ─► client (the registry's JSON API)
//!                │            │
//!                ▼            ▼
//!        home (profiles)   state (last synced content, what lost a merge, the token)
//!                └─── disk (no link is followed, every write is whole or not at all)
//! ```
//!
//! `templates` and `adopt` make and take in profiles here; `host` brings secrets to a machine that serves some.
//!
//! Nothing outside of `profile_store::allow_list` is read or written, but for the copy of `AGENTS.md` in `workspace/` and
//! `.env`, which is there from the first moment and goes into no registry. A process that is killed leaves every file old or new, and the next run finishes.

mod adopt;
mod cli;
mod client;
mod commands;
mod context;
mod disk;
mod failure;
mod home;
mod host;
mod output;
mod run;
mod state;
mod steps;
mod sync;
mod templates;

pub use cli::Args;
pub use run::{arguments, run};
