//! How connections are made and given up.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

/// Looks a host name up instead of the system's resolver: for tests, and for operators who pin addresses. The ports are
/// ignored. Must not block.
pub type Resolve = Arc<dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// How connections are made and given up.
#[derive(Clone)]
pub struct UpstreamOptions {
    /// For name, TCP and TLS together.
    pub connect_timeout: Duration,
    /// From the request to the answer's headers, on a connection that stands.
    pub first_byte_timeout: Duration,
    /// The same for a text that is not streamed: its head comes when the last word is written. Giving up early would pay
    /// for the answer and not have it.
    pub answer_timeout: Duration,
    /// Between two chunks of a body.
    pub idle_timeout: Duration,
    /// For a whole probe or balance question.
    pub probe_timeout: Duration,
    /// How long an unused connection is kept.
    pub pool_idle_timeout: Duration,
    /// How many unused connections are kept per host.
    pub pool_idle_per_host: usize,
    /// Whether HTTP/2 is offered over TLS.
    pub http2: bool,
    /// Root certificates (DER) that are trusted beside the platform's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Another way than the system's to find addresses.
    pub resolve: Option<Resolve>,
    /// The number of the lane that a thread belongs to. Each lane keeps its own connections: one that was made in another
    /// runtime wakes that runtime's thread for every byte. Few, and counted from 0.
    pub lane: fn() -> usize,
}

impl Default for UpstreamOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(120),
            answer_timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(60),
            probe_timeout: Duration::from_secs(10),
            // Below the 60 seconds after which the providers' load balancers hang up.
            pool_idle_timeout: Duration::from_secs(50),
            pool_idle_per_host: 512,
            http2: true,
            extra_roots: Vec::new(),
            resolve: None,
            lane: || 0,
        }
    }
}

impl fmt::Debug for UpstreamOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UpstreamOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("first_byte_timeout", &self.first_byte_timeout)
            .field("answer_timeout", &self.answer_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("probe_timeout", &self.probe_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("pool_idle_per_host", &self.pool_idle_per_host)
            .field("http2", &self.http2)
            .field("extra_roots", &self.extra_roots.len())
            .field("resolve", &self.resolve.is_some())
            .finish()
    }
}
