//! What every request can reach.

use std::sync::Arc;

use chrono::TimeDelta;
use daemon_kit::{clock::Clock, problem::Problem};
use warehouse::{Generation, Reader};

use crate::{failure, ingest_queue::IngestQueue, query_pool::QueryPool};

/// The state of one server.
pub(crate) struct App {
    /// The published generations.
    pub(crate) reader: Arc<Reader>,
    /// Where blocking queries run.
    pub(crate) queries: QueryPool,
    /// Where `POST /admin/ingest/*` sends jobs.
    pub(crate) ingest: IngestQueue,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Calendar days that one request may ask for.
    pub(crate) max_days: u32,
    /// A data set is stale this long after its last success.
    pub(crate) stale_after: TimeDelta,
}

impl App {
    /// The current generation, to be held for the whole request.
    ///
    /// # Errors
    /// 503 `no-generation-yet` before the first publish.
    pub(crate) fn generation(&self) -> Result<Arc<Generation>, Problem> {
        self.reader.current().ok_or_else(failure::no_generation_yet)
    }
}
