//! The one writer: opens the tail, commits batches, publishes, compacts.
//!
//! Everything that changes data goes through [`Writer::commit`]: one batch, one transaction, and a result that is a
//! function of the set of batches, whatever their order and however often each is repeated.

pub(crate) mod bookkeeping;
mod commit;
pub(crate) mod datasets;
pub(crate) mod due;
mod expire;
mod facts;
mod lock;
mod lookups;
pub(crate) mod merge;
mod options;
mod publishing;
mod raw_lookup;
mod session;
mod source_policy;
pub(crate) mod stage;
mod vanished;
mod work;

use std::{path::Path, sync::Arc};

pub use facts::{PartitionFact, StatusFacts};
pub(crate) use lock::WriterLock;
pub use options::{Step, StepObserver, WriterOptions};
use publishing::PublishedMark;
pub(crate) use session::{BASE, BaseInfo, Session, clear_leftovers, meta, meta_number, set_meta};
pub use source_policy::SourcePolicy;
pub(crate) use work::Work;

use crate::{Layout, WarehouseError, base, compact::archive};

/// The one process that writes to a warehouse. One per root; `Send`, used from one thread at a time.
#[derive(Debug)]
pub struct Writer {
    pub(crate) layout: Layout,
    pub(crate) options: WriterOptions,
    session: Option<Session>,
    /// What is known about the base; survives closing and opening again.
    base: Option<Arc<BaseInfo>>,
    mark: PublishedMark,
    _lock: WriterLock,
}

impl Writer {
    /// Opens the warehouse below `root`, creating it if there is none; brings an older schema up to date and clears away
    /// what a crash left half done.
    ///
    /// # Errors
    /// `Locked` if another process writes, `SchemaTooNew`, `Damaged` (naming the file), `DiskFull`.
    pub fn open(root: impl AsRef<Path>, options: WriterOptions) -> Result<Self, WarehouseError> {
        let layout = Layout::new(root.as_ref());
        std::fs::create_dir_all(layout.root())?;
        let lock = WriterLock::acquire(&layout.writer_lock())?;
        let mut writer =
            Self { layout, options, session: None, base: None, mark: PublishedMark::default(), _lock: lock };
        writer.reopen()?;
        writer.mark = PublishedMark::read(&writer.layout, writer.session()?);
        Ok(writer)
    }

    /// Closes the database and opens it again: after a failed commit or publish DuckDB may have declared its instance
    /// invalid (a full disk does that). What was committed is there again.
    pub fn reopen(&mut self) -> Result<(), WarehouseError> {
        self.close()?;
        clear_leftovers(&self.layout)?;
        let session = Session::open(&self.layout, &self.options, self.base.take())?;
        base::remove_unused(&self.layout, session.base_number())?;
        archive::settle(&session.conn, &self.layout)?;
        self.base = session.base.clone();
        self.session = Some(session);
        Ok(())
    }

    /// The root folder's paths.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Closes the database without opening it again; every method but [`Writer::reopen`] fails until then.
    pub(crate) fn close(&mut self) -> Result<(), WarehouseError> {
        match self.session.take() {
            Some(session) => session.close(),
            None => Ok(()),
        }
    }

    /// The open database.
    ///
    /// # Errors
    /// `Unavailable` after a reopen that failed.
    pub(crate) fn session(&self) -> Result<&Session, WarehouseError> {
        self.session.as_ref().ok_or_else(closed)
    }

    pub(crate) fn session_mut(&mut self) -> Result<&mut Session, WarehouseError> {
        self.session.as_mut().ok_or_else(closed)
    }
}

fn closed() -> WarehouseError {
    WarehouseError::Unavailable("the writer's database is closed after an error: reopen it".to_owned())
}
