//! What the gateway counts. Everything that a request touches is registered beforehand.

use std::time::Duration;

use llm_upstream::Endpoint;
use metrics::{Counter, Histogram};
use route_policy::Usage;

use crate::relay::{AttemptEnd, Outcome};

/// Counters of requests.
#[derive(Debug)]
pub(crate) struct Meters {
    requests: [[Counter; Outcome::ALL.len()]; Endpoint::ALL.len()],
    tokens: [Counter; 4],
    overhead: Histogram,
    waited: Histogram,
    first_byte: Histogram,
    breaches: Counter,
    lost_rows: Counter,
    unauthenticated: Counter,
}

/// Counters of one channel's attempts.
#[derive(Debug)]
pub(crate) struct ChannelMeters {
    ends: [Counter; AttemptEnd::ALL.len()],
    deserted: Counter,
}

impl Meters {
    /// Registers all of them.
    pub(crate) fn new() -> Self {
        describe();
        let requests = Endpoint::ALL.map(|endpoint| {
            Outcome::ALL.map(|outcome| {
                metrics::counter!("gateway_requests_total", "endpoint" => endpoint.name(), "outcome" => outcome.name())
            })
        });
        let tokens = ["input", "cached_input", "output", "thinking"]
            .map(|kind| metrics::counter!("gateway_tokens_total", "kind" => kind));
        Self {
            requests,
            tokens,
            overhead: metrics::histogram!("gateway_overhead_seconds"),
            waited: metrics::histogram!("gateway_wait_seconds"),
            first_byte: metrics::histogram!("gateway_first_byte_seconds"),
            breaches: metrics::counter!("gateway_breaches_total"),
            lost_rows: metrics::counter!("gateway_lost_records_total"),
            unauthenticated: metrics::counter!("gateway_unauthenticated_total"),
        }
    }

    /// A request ended.
    pub(crate) fn request(&self, endpoint: Endpoint, outcome: Outcome) {
        self.requests[endpoint as usize][outcome as usize].increment(1);
    }

    /// An attempt used tokens.
    pub(crate) fn tokens(&self, usage: &Usage) {
        let counts = [usage.input, usage.cached_input, usage.output, usage.thinking];
        for (counter, tokens) in self.tokens.iter().zip(counts).filter(|(_, tokens)| *tokens > 0) {
            counter.increment(tokens);
        }
    }

    /// An answer is on its way: what the gateway itself took for it, and what the caller has waited for altogether.
    pub(crate) fn answered(&self, overhead: Duration, first_byte: Duration) {
        self.overhead.record(overhead);
        self.first_byte.record(first_byte);
    }

    /// A request waited for its turn.
    pub(crate) fn waited(&self, waited: Duration) {
        self.waited.record(waited);
    }

    /// A charge exceeded its reservation.
    pub(crate) fn breach(&self) {
        self.breaches.increment(1);
    }

    /// A record of a request was lost, because the disk is slow or full.
    pub(crate) fn lost_row(&self) {
        self.lost_rows.increment(1);
    }

    /// Somebody without a valid token was turned away; such requests have no record.
    pub(crate) fn unauthenticated(&self) {
        self.unauthenticated.increment(1);
    }
}

impl ChannelMeters {
    /// Registers those of a channel.
    pub(crate) fn new(channel: &str) -> Self {
        let name = || channel.to_owned();
        let ends = AttemptEnd::ALL
            .map(|end| metrics::counter!("gateway_attempts_total", "channel" => name(), "outcome" => end.name()));
        Self { ends, deserted: metrics::counter!("gateway_deserted_total", "channel" => name()) }
    }

    /// An attempt ended.
    pub(crate) fn attempt(&self, end: AttemptEnd) {
        self.ends[end.index()].increment(1);
    }

    /// The caller of an attempt went away.
    pub(crate) fn deserted(&self) {
        self.deserted.increment(1);
    }
}

fn describe() {
    metrics::describe_counter!("gateway_requests_total", "Requests by endpoint and by how they ended");
    metrics::describe_counter!("gateway_attempts_total", "Attempts by channel and by how they ended");
    metrics::describe_counter!("gateway_deserted_total", "Attempts whose caller went away before their end");
    metrics::describe_counter!("gateway_tokens_total", "Tokens charged, by kind");
    metrics::describe_histogram!("gateway_overhead_seconds", "The gateway's own time until an answer leaves");
    metrics::describe_histogram!("gateway_wait_seconds", "Time in the queue, of requests that waited");
    metrics::describe_histogram!("gateway_first_byte_seconds", "From a request's arrival to its answer's first byte");
    metrics::describe_counter!("gateway_breaches_total", "Charges beyond their reservation");
    metrics::describe_counter!("gateway_lost_records_total", "Records of requests that no disk took");
    metrics::describe_counter!("gateway_unauthenticated_total", "Requests without a valid token");
}
