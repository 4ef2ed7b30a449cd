//! Profiles in a bare git repository: whose they are, what may enter, their history, and one owner's view of them.
//!
//! ```text
//! API ─────────► Store::commit, update, restore ─┐
//! git push ────► Store::judge_push ──────────────┼─► policy::judge ─► main (compare-and-swap, flushed)
//! owner's push ► Store::accept ──────────────────┘                     │
//! owner's clone ◄─────────── views/<id>.git ◄── projection ◄───────────┘
//! ```
//!
//! * **One policy.** Every new commit and every new file in it is judged by the same function, whichever door it came
//!   through, before a byte of it is stored.
//! * **Reads are walled off by objects, not by rules.** An owner clones another repository, which holds no foreign blob.
//! * **Nothing acknowledged is lost**, to another writer or to a killed process.
//! * **No secret enters.** What looks like one is refused; `secrets.lock` names them.
//!
//! Everything blocks; an async caller uses `spawn_blocking`. It knows nothing of HTTP, and does not decide who somebody is.

pub mod allow_list;
mod author;
pub mod backup;
mod commit_id;
mod error;
mod names;
mod objects;
mod owners;
mod policy;
mod projection;
pub mod secret_scan;
mod store;

pub mod adopt;
pub mod env_file;
pub mod hermes_keys;
pub mod json;
pub mod merge;
pub mod secrets_lock;
pub mod secrets_schema;
pub mod template;
pub mod yaml;

pub use author::Author;
pub use commit_id::{CommitId, NotACommitId};
pub use error::{StoreError, UpdateError};
pub use names::{NameError, OwnerId, ProfileName};
pub use owners::{Claim, OwnerLine, Owners, OwnersBroken, OwnersError};
pub use policy::{Actor, Refusal, Refusals, Rule};
pub use projection::{View, ViewLock};
pub use store::{
    Base, Change, Committed, Drift, FileChange, FileEntry, FileState, HistoryEntry, LastChange, LastChanges, Push,
    Reader, Snapshot, Store, Told, ToldPage, file_changes,
};
