//! A request from its arrival to its record.

use std::{sync::Arc, time::Duration};

use access_tokens::Grant;
use axum::http::StatusCode;
use daemon_kit::request_id::RequestId;
use gateway_ledger::{AttemptRecord, Charge};
use llm_upstream::Endpoint;
use route_policy::At;
use tokio::time::Instant;

use super::Outcome;
use crate::{gateway::Gateway, record};

/// One request of a caller who was let in. It is recorded exactly once: by [`end`](Self::end), or when it is dropped.
pub(crate) struct Call {
    /// The gateway.
    pub(crate) gateway: Arc<Gateway>,
    /// Its id: ours, never the caller's.
    pub(crate) id: RequestId,
    /// Who asks.
    pub(crate) caller: Arc<Grant>,
    /// For what.
    pub(crate) endpoint: Endpoint,
    /// The model by the caller's name; empty while it is not known.
    pub(crate) model: Arc<str>,
    /// Whether the answer is streamed.
    pub(crate) stream: bool,
    /// When it arrived.
    pub(crate) arrived: At,
    /// When it arrived, to measure from.
    pub(crate) started: Instant,
    /// How long its body took to arrive.
    pub(crate) upload: Duration,
    /// How long it waited for its turns.
    pub(crate) waited: Duration,
    /// How long upstreams took, until the answer left.
    pub(crate) upstream: Duration,
    /// When its answer began to leave, from its arrival on.
    pub(crate) first_byte: Option<Duration>,
    /// The status that the caller got, once its answer has begun.
    pub(crate) status: Option<StatusCode>,
    /// Its attempts.
    pub(crate) attempts: Vec<AttemptRecord>,
    /// What they cost.
    pub(crate) charges: Vec<Charge>,
    ended: bool,
}

/// What the record says for callers that were gone before they got a status; nginx's word for it.
const CLIENT_CLOSED_REQUEST: u16 = 499;

impl Call {
    /// A request that just arrived.
    pub(crate) fn new(gateway: Arc<Gateway>, id: RequestId, caller: Arc<Grant>, endpoint: Endpoint) -> Box<Self> {
        let arrived = gateway.time.at();
        Box::new(Self {
            gateway,
            id,
            caller,
            endpoint,
            model: Arc::default(),
            stream: false,
            arrived,
            started: Instant::now(),
            upload: Duration::ZERO,
            waited: Duration::ZERO,
            upstream: Duration::ZERO,
            first_byte: None,
            status: None,
            attempts: Vec::new(),
            charges: Vec::new(),
            ended: false,
        })
    }

    /// The answer leaves now, with this status.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        let first_byte = self.started.elapsed();
        self.status = Some(status);
        self.first_byte = Some(first_byte);
        let others = self.upload + self.waited + self.upstream;
        self.gateway.meters.answered(first_byte.saturating_sub(others), first_byte);
    }

    /// Writes the record.
    pub(crate) fn end(mut self: Box<Self>, outcome: Outcome) {
        self.record(outcome);
    }

    /// The status for the record.
    pub(crate) fn status_code(&self) -> u16 {
        self.status.map_or(CLIENT_CLOSED_REQUEST, |status| status.as_u16())
    }

    fn record(&mut self, outcome: Outcome) {
        if !std::mem::replace(&mut self.ended, true) {
            record::write(self, outcome);
        }
    }
}

/// Whoever forgets a request, or panics, has not told its caller anything either.
impl Drop for Call {
    fn drop(&mut self) {
        let outcome = if std::thread::panicking() { Outcome::Internal } else { Outcome::ClientGone };
        self.record(outcome);
    }
}
