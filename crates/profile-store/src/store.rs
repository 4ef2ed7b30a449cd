//! The store: a folder with the bare repository and the owners' views of it.

mod change;
mod commit;
mod diff;
mod drift;
mod history;
mod last_changes;
mod layout;
mod main_ref;
mod push;
mod reader;
mod replay;
mod restore;
mod snapshot;
mod told;
mod writer;

pub use change::{Base, Change, Committed};
pub use diff::{FileChange, FileState, file_changes};
pub use drift::Drift;
pub use history::HistoryEntry;
pub use last_changes::{LastChange, LastChanges};
pub use layout::Store;
pub use push::Push;
pub use reader::Reader;
pub use snapshot::{FileEntry, Snapshot};
pub use told::{Told, ToldPage};

pub(crate) use commit::Lander;
pub(crate) use layout::{init_bare, open};
pub(crate) use main_ref::MAIN;
pub(crate) use push::check_reference;
pub(crate) use snapshot::PROFILES;
pub(crate) use told::NEUTRAL;
