//! Files, so that no link is followed and no write is half done.

mod folder;
mod write;

pub(crate) use folder::{Folder, Found};
pub(crate) use write::{Disk, Meta};
