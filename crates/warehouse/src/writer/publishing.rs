//! The writer's side of a publish: a clean, closed tail before it, an open one after it.

use chrono::{DateTime, Utc};

use super::{Session, Writer};
use crate::{
    Layout, Published, Step, WarehouseError,
    publish::{self, PublishOptions, current_manifest},
};

/// What the current generation holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PublishedMark {
    generation: Option<u64>,
    commit_seq: u64,
    bookkeeping_seq: u64,
}

impl PublishedMark {
    /// From the published folder. A manifest does not say which bookkeeping it holds: what an earlier process left
    /// unpublished goes out with the next change.
    pub(super) fn read(layout: &Layout, session: &Session) -> Self {
        let current = current_manifest(&layout.published()).unwrap_or_else(|error| {
            tracing::warn!(error = %error, "the current generation cannot be read; the next publish replaces it");
            None
        });
        Self {
            generation: current.as_ref().map(|manifest| manifest.generation),
            commit_seq: current.map_or(0, |manifest| manifest.commit_seq),
            bookkeeping_seq: session.bookkeeping_seq,
        }
    }
}

impl Writer {
    /// Publishes what is committed as the next generation. The old one stays current if anything fails.
    ///
    /// # Errors
    /// `DiskFull`, `Damaged` if the copy cannot be read back. The writer is open again afterwards if that was possible.
    pub fn publish(&mut self, now: DateTime<Utc>) -> Result<Published, WarehouseError> {
        let session = self.session()?;
        let (commit_seq, bookkeeping_seq) = (session.commit_seq, session.bookkeeping_seq);
        let published = self.publish_closed(commit_seq, now);
        let reopened = self.reopen();
        let published = published?;
        self.mark = PublishedMark { generation: Some(published.generation), commit_seq, bookkeeping_seq };
        reopened?;
        Ok(published)
    }

    /// Whether market data is committed that no generation holds yet.
    pub fn has_unpublished(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.commit_seq != self.mark.commit_seq)
    }

    /// Whether anything is committed that no generation holds yet, bookkeeping included.
    pub fn has_unpublished_bookkeeping(&self) -> bool {
        let newer = |session: &Session| session.bookkeeping_seq != self.mark.bookkeeping_seq;
        self.has_unpublished() || self.session.as_ref().is_some_and(newer)
    }

    /// The number of the current generation; `None` before the first.
    pub fn published_generation(&self) -> Option<u64> {
        self.mark.generation
    }

    /// The market commits that the current generation holds; 0 before the first.
    pub(crate) fn published_commit_seq(&self) -> u64 {
        self.mark.commit_seq
    }

    fn publish_closed(&mut self, commit_seq: u64, now: DateTime<Utc>) -> Result<Published, WarehouseError> {
        self.session()?.conn.execute_batch("CHECKPOINT")?;
        self.close()?;
        let options = PublishOptions {
            keep_generations: self.options.keep_generations,
            memory_limit_mb: self.options.memory_limit_mb,
            threads: self.options.threads,
        };
        let on_step = |step: Step| self.options.step(step);
        publish::publish(self.layout.root(), commit_seq, options, &on_step, now)
    }
}
