//! Stock git's doors to the profiles.
//!
//! ```text
//! git over HTTP ─► doors ─► backend (git http-backend) ─┐
//! git over SSH ──► serve_ssh (git receive-pack …) ──────┼─► hook pre-receive ─► Store::judge_push | Store::accept
//!                                                       └─► hook proc-receive: no yes of the other one, no update
//! ```
//!
//! `program` finds git and runs it in an environment of our making; `errand` says whom a run of it is for, which is all that
//! the hooks go by; `session` opens the repository that an errand may see, and holds an owner's view while a push to it is
//! served. Refused objects never leave git's quarantine. `upkeep` packs what has gathered.
//!
//! It fails closed: git itself refuses a push where it does not find the second hook, and that one refuses a push that the
//! first one has not said yes to.

mod authenticate;
mod authorized_keys;
mod backend;
mod cgi;
mod doors;
mod errand;
mod git_doors;
mod hook;
mod hooks;
mod outcome;
mod process_group;
mod program;
mod push_head;
mod refused;
mod repository;
mod serve_ssh;
mod session;
mod state_folder;
mod ticket;
mod turns;
mod upkeep;

pub use authorized_keys::authorized_keys;
pub use hook::{Hook, Told, run_hook};
pub use serve_ssh::serve_ssh;
pub use upkeep::pack;

pub(crate) use doors::routes;
pub(crate) use git_doors::GitDoors;
pub(crate) use state_folder::open_store;
pub(crate) use turns::Turns;
pub(crate) use upkeep::keep;
