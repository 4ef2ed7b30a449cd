//! A connection over HTTP/2, which many requests share.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::Instant;

use super::{
    Timer, chain,
    connector::Io,
    locked,
    wire::{Failed, Outgoing},
};
use crate::SendError;

/// Servers allow at least 100 at the same time, by the standard's advice.
const STREAMS_MAX: usize = 100;
/// Enough for the largest answers to flow without waiting for the window.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;
/// A connection with answers outstanding that is silent for so long is asked for a sign of life …
const PING_AFTER: Duration = Duration::from_secs(20);
/// … and given up without one.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Shared {
    sender: http2::SendRequest<Full<Bytes>>,
    in_flight: AtomicUsize,
    idle_since: Mutex<Instant>,
}

/// One of the requests on a shared connection.
pub(crate) struct InFlight(Arc<Shared>);

impl Shared {
    pub(super) async fn handshake(io: Io) -> Result<Arc<Self>, SendError> {
        let shaken = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .keep_alive_interval(PING_AFTER)
            .keep_alive_timeout(PING_TIMEOUT)
            .handshake(io)
            .await;
        let (sender, driver) = shaken.map_err(|error| SendError::Connect { problem: chain(&error) })?;
        // Ends with the last sender. Why is told to those whose answers it cuts.
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(error = chain(&error), "an HTTP/2 connection ended");
            }
        });
        Ok(Arc::new(Self { sender, in_flight: AtomicUsize::new(0), idle_since: Mutex::new(Instant::now()) }))
    }

    /// A place for one more request, if it lives and has one.
    pub(super) fn claim(self: &Arc<Self>) -> Option<InFlight> {
        let room = |count| (count < STREAMS_MAX).then_some(count + 1);
        let claimed = self.is_open() && self.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok();
        claimed.then(|| InFlight(self.clone()))
    }

    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Whether nothing has used it for `timeout`.
    pub(super) fn is_idle(&self, timeout: Duration) -> bool {
        self.in_flight.load(Ordering::Acquire) == 0 && locked(&self.idle_since).elapsed() >= timeout
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        *locked(&self.0.idle_since) = Instant::now();
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

impl InFlight {
    /// Sends the request and waits for the head of the answer.
    pub(super) async fn exchange(
        &self,
        request: Outgoing,
        first_byte: Duration,
        timer: &mut Timer,
    ) -> Result<Response<Incoming>, Failed> {
        timer.start(first_byte);
        let mut sender = self.0.sender.clone();
        let mut answer = pin!(sender.try_send_request(request));
        let done = poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => timer.poll(cx).map(|()| None),
        });
        match done.await {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => {
                let unsent = error.take_message().is_some() || is_refused(error.error());
                let problem = chain(&error.into_error());
                Err(if unsent {
                    Failed::Unsent(problem)
                } else {
                    Failed::Error(SendError::Cut { problem, sent: true })
                })
            }
            None => Err(Failed::Error(SendError::FirstByteTimeout { timeout: first_byte })),
        }
    }
}

/// The two refusals of HTTP/2 that promise that nothing was done: a refused stream, and an orderly goodbye that names an
/// earlier stream as the last.
fn is_refused(error: &hyper::Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    causes.find_map(|cause| cause.downcast_ref::<h2::Error>()).is_some_and(|error| {
        let reason = error.reason();
        error.is_remote()
            && (error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)
                || error.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
    })
}
