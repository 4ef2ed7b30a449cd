//! A connection over HTTP/1, driven by the one who waits for its answer.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1::{self, Connection, SendRequest},
};
use tokio::time::Instant;

use super::{Timer, chain, connector::Io};
use crate::SendError;

/// What is sent.
pub(super) type Outgoing = Request<Full<Bytes>>;

pub(crate) struct Wire {
    sender: SendRequest<Full<Bytes>>,
    driver: Connection<Io, Full<Bytes>>,
    closed: bool,
    pub(crate) timer: Timer,
    /// Since when it is unused.
    pub(super) idle_since: Instant,
}

/// An exchange without an answer.
#[derive(Debug)]
pub(super) enum Failed {
    /// It is certain that the upstream did not work on the request.
    Unsent(String),
    Error(SendError),
}

impl Wire {
    pub(super) async fn handshake(io: Io) -> Result<Box<Self>, SendError> {
        let shaken = http1::Builder::new().handshake(io).await;
        let (sender, driver) = shaken.map_err(|error| SendError::Connect { problem: chain(&error) })?;
        Ok(Box::new(Self { sender, driver, closed: false, timer: Timer::new(), idle_since: Instant::now() }))
    }

    /// Moves bytes in both directions. Ready once the connection is over.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.closed {
            // Why it ended is told to the one who waits for the answer or the body.
            self.closed = Pin::new(&mut self.driver).poll(cx).is_ready();
        }
        if self.closed { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Whether it can take a request now: looks whether the peer has hung up meanwhile.
    pub(super) fn is_usable(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.drive(&mut cx).is_pending() && self.sender.is_ready()
    }

    /// Sends the request and waits for the head of the answer.
    pub(super) async fn exchange(
        self: &mut Box<Self>,
        request: Outgoing,
        first_byte: Duration,
    ) -> Result<Response<Incoming>, Failed> {
        self.timer.start(first_byte);
        let mut answer = pin!(self.sender.try_send_request(request));
        let done = poll_fn(|cx| {
            let over = self.drive(cx).is_ready();
            // Only driving brings the answer, and that was done: nobody has to be woken for it.
            if let Poll::Ready(done) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return Poll::Ready(Some(done));
            }
            if over || self.timer.poll(cx).is_ready() { Poll::Ready(None) } else { Poll::Pending }
        });
        match done.await {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => {
                // Given back unwritten; whatever was written may have been read.
                let unsent = error.take_message().is_some();
                let problem = chain(&error.into_error());
                Err(if unsent {
                    Failed::Unsent(problem)
                } else {
                    Failed::Error(SendError::Cut { problem, sent: true })
                })
            }
            None if self.closed => {
                let problem = "the connection ended".to_owned();
                Err(Failed::Error(SendError::Cut { problem, sent: true }))
            }
            None => Err(Failed::Error(SendError::FirstByteTimeout { timeout: first_byte })),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        ApiKey, Dialect, Target,
        upstreams::{UpstreamOptions, connector::Connector},
    };

    #[tokio::test]
    async fn a_request_on_a_dead_connection_is_known_to_be_unsent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = Target::new(Dialect::OpenAi, &url, &ApiKey::new("k")).unwrap();
        let connector = Connector::new(&UpstreamOptions::default()).unwrap();
        let (io, _) = connector.connect(target.origin()).await.unwrap();
        let mut wire = Wire::handshake(io).await.unwrap();
        assert!(wire.is_usable());
        drop(listener.accept().await.unwrap());
        poll_fn(|cx| wire.drive(cx)).await;
        let failed = wire.exchange(Request::default(), Duration::from_secs(5)).await.unwrap_err();
        assert!(matches!(failed, Failed::Unsent(_)) && !wire.is_usable());
    }
}
