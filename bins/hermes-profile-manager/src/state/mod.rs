//! What this program remembers, in `.profile-manager` of Hermes's folder (0700).
//!
//! | | |
//! |---|---|
//! | `credentials.json` (0600) | the registry and the token |
//! | `base/<profile>.json` | what was last the same here and in the registry |
//! | `unfinished/<profile>.json` | the merges of a run that has not ended, so that the next one takes the same decisions |
//! | `theirs/<profile>/<time>/…` | what lost a merge |
//! | `adopted/<name>/<time>/…` (0600) | files as they were before `adopt` wrote them anew |
//! | `templates/<name>/…`, `applied/<profile>.json` | templates of one's own, and what templates gave to profiles |
//! | `host.age`, `hosts/<profile>.json` | a host's identity, and what it was given for each profile |
//! | `lock`, `tmp/` | one run at a time, and its files before they have their names |

mod adopted;
mod base;
mod credentials;
mod host_files;
mod lock;
mod lost;
mod state_folder;
mod template_files;
mod unfinished;

pub(crate) use base::{Base, StoredBase};
pub(crate) use credentials::Credentials;
pub(crate) use host_files::Delivery;
pub(crate) use lock::Locked;
pub(crate) use lost::Lost;
pub(crate) use state_folder::State;
pub(crate) use unfinished::{Decision, Unfinished, fingerprint};
