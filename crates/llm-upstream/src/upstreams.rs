//! Connections to providers.
//!
//! A connection over HTTP/1 belongs to one request at a time and is driven by whoever waits for that request's answer:
//! no task of its own stands between the caller and the socket. A connection over HTTP/2 is shared and has a task.

mod balance;
mod call;
mod connector;
mod options;
mod pool;
mod probe;
mod shared;
mod timer;
mod wire;

use std::{
    fmt, io,
    sync::{Arc, PoisonError},
};

use bytes::Bytes;
use route_policy::Cny;

use crate::{Answer, Endpoint, SendError, Target};
use call::Call;
use pool::Pools;

pub use balance::BalanceError;
pub use options::{Resolve, UpstreamOptions};
pub use probe::{Probe, ProbeResult};
pub(crate) use {pool::Pool, shared::InFlight, timer::Timer, wire::Wire};

/// All connections to providers; cheap to clone, one per process. Must be used inside a tokio runtime.
#[derive(Clone)]
pub struct Upstreams(Arc<Pools>);

impl Upstreams {
    /// Without a connection yet. Fails where an extra root certificate is none.
    pub fn new(options: UpstreamOptions) -> io::Result<Self> {
        Ok(Self(Arc::new(Pools::new(options)?)))
    }

    /// Sends a request and waits for the head of the answer. The future and the answer own what they need; dropping
    /// either closes the connection, so that the upstream may stop.
    pub fn send(
        &self,
        target: &Target,
        endpoint: Endpoint,
        body: Bytes,
        accept_stream: bool,
        request_id: &str,
    ) -> impl Future<Output = Result<Answer, SendError>> + Send + use<> {
        let pools = self.0.clone();
        let call = Call::post(target, endpoint, body, accept_stream, request_id);
        async move { call?.send(&pools).await }
    }

    /// Asks what costs nothing (`GET /models`): is the provider there, and is the key good?
    pub fn probe(&self, target: &Target) -> impl Future<Output = Probe> + Send + use<> {
        probe::probe(self.0.clone(), target.clone())
    }

    /// The account's balance; none where the provider does not tell it.
    pub fn balance(&self, target: &Target) -> impl Future<Output = Result<Option<Cny>, BalanceError>> + Send + use<> {
        balance::balance(self.0.clone(), target.clone())
    }

    /// How many unused connections are held: for gauges and tests.
    pub fn idle_connections(&self) -> usize {
        self.0.idle()
    }
}

impl fmt::Debug for Upstreams {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Upstreams").field("idle", &self.0.idle()).finish_non_exhaustive()
    }
}

/// A lock that outlives a panic: what is behind it is whole between any two statements.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error and its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    // Wrappers often repeat their cause.
    texts.dedup_by(|cause, text| text.ends_with(cause.as_str()));
    texts.join(": ")
}
