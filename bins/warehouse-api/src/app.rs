//! What every request can reach.

use std::sync::Arc;

use daemon_kit::{clock::Clock, problem::Problem};
use quality_rules::freshness::FreshnessOptions;
use warehouse::{Generation, Reader};

use crate::{
    failure,
    job_queues::JobQueues,
    publications::Publications,
    query_pool::QueryPool,
    replica_age::{Moment, ReplicaAge},
    routes::search::SearchGateway,
};

/// The state of one server.
pub(crate) struct App {
    /// The published generations.
    pub(crate) reader: Arc<Reader>,
    /// What is served of what is published.
    pub(crate) publications: Publications,
    /// How old the served copy is, where it is one.
    pub(crate) replica: ReplicaAge,
    /// Where blocking queries run.
    pub(crate) queries: QueryPool,
    /// Where `POST /admin/*` sends jobs.
    pub(crate) jobs: JobQueues,
    /// Where `/search` is answered.
    pub(crate) search: SearchGateway,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Calendar days that one request may ask for.
    pub(crate) max_days: u32,
    /// When a data set is stale, and when it is late.
    pub(crate) freshness: FreshnessOptions,
}

impl App {
    /// Now, for an answer's headers.
    pub(crate) fn moment(&self) -> Moment {
        self.replica.at(self.clock.now())
    }

    /// The current generation, to be held for the whole request.
    ///
    /// # Errors
    /// 503 `no-generation-yet` before the first publish.
    pub(crate) fn generation(&self) -> Result<Arc<Generation>, Problem> {
        self.reader.current().ok_or_else(failure::no_generation_yet)
    }
}
