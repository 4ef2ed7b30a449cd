//! A body as it arrives.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use bytes::Bytes;
use futures::Stream;
use hyper::body::{Body as _, Incoming};

use super::BodyError;
use crate::upstreams::{InFlight, Pool, Timer, Wire, chain};

/// The body, chunk by chunk as the network gave it. Dropping it before its end closes the connection (or resets the
/// stream), which tells the upstream that nobody listens any more.
pub struct AnswerBody {
    /// None once it is over, whichever way.
    live: Option<Live>,
    idle: Duration,
}

struct Live {
    incoming: Incoming,
    carrier: Carrier,
}

/// What brings the body.
enum Carrier {
    /// A connection of its own, which goes back to the pool.
    Wire(Box<Wire>, Arc<Pool>),
    /// A stream on a shared connection, which has its own task.
    Shared { timer: Timer, _claimed: InFlight },
}

/// A body that was not collected whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectError {
    /// It is longer than the limit; what came so far is given back, and the rest can still be read.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
        /// What came so far, at least one byte more than the limit.
        so_far: Vec<Bytes>,
    },
    /// It did not come to its end.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl AnswerBody {
    pub(crate) fn over_wire(incoming: Incoming, wire: Box<Wire>, pool: Arc<Pool>, idle: Duration) -> Self {
        Self::new(incoming, Carrier::Wire(wire, pool), idle)
    }

    pub(crate) fn over_shared(incoming: Incoming, claimed: InFlight, timer: Timer, idle: Duration) -> Self {
        Self::new(incoming, Carrier::Shared { timer, _claimed: claimed }, idle)
    }

    fn new(incoming: Incoming, mut carrier: Carrier, idle: Duration) -> Self {
        carrier.timer().start(idle);
        let mut body = Self { live: Some(Live { incoming, carrier }), idle };
        body.end_if_known();
        body
    }

    /// The next chunk; none at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The whole body, if it is at most `limit` bytes long. A body of one chunk is not copied.
    pub async fn whole(&mut self, limit: usize) -> Result<Bytes, CollectError> {
        let mut chunks: Vec<Bytes> = Vec::new();
        let mut length = 0;
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            length += chunk.len();
            chunks.push(chunk);
            if length > limit {
                return Err(CollectError::TooLong { limit, so_far: chunks });
            }
        }
        Ok(if chunks.len() == 1 { chunks.swap_remove(0) } else { Bytes::from(chunks.concat()) })
    }

    /// Gives the connection back.
    fn end(&mut self) {
        if let Some(Live { carrier: Carrier::Wire(wire, pool), .. }) = self.live.take() {
            pool.give_back(wire);
        }
    }

    /// After the last chunk of a body whose length is known: the connection is free before anybody asks for the end.
    fn end_if_known(&mut self) {
        if self.live.as_ref().is_some_and(|live| live.incoming.is_end_stream()) {
            self.end();
        }
    }
}

impl Carrier {
    fn timer(&mut self) -> &mut Timer {
        match self {
            Self::Wire(wire, _) => &mut wire.timer,
            Self::Shared { timer, .. } => timer,
        }
    }
}

impl Live {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let Carrier::Wire(wire, _) = &mut self.carrier else { return arrived(&mut self.incoming, cx) };
        // What has arrived on a wire has arrived by driving it here: nobody has to be woken for it.
        let quiet = &mut Context::from_waker(Waker::noop());
        if let ready @ Poll::Ready(_) = arrived(&mut self.incoming, quiet) {
            return ready;
        }
        let over = wire.drive(cx).is_ready();
        match arrived(&mut self.incoming, quiet) {
            Poll::Pending if over => {
                Poll::Ready(Some(Err(BodyError::Cut { problem: "the connection ended".to_owned() })))
            }
            polled => polled,
        }
    }
}

/// The next chunk of what has arrived.
fn arrived(incoming: &mut Incoming, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        match ready!(Pin::new(&mut *incoming).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(BodyError::Cut { problem: chain(&error) }))),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                // Nothing, or trailers, which nobody reads.
                Ok(_) | Err(_) => {}
            },
        }
    }
}

impl Stream for AnswerBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let idle = self.idle;
        let Some(live) = &mut self.live else { return Poll::Ready(None) };
        match live.poll_chunk(cx) {
            Poll::Pending => {
                ready!(live.carrier.timer().poll(cx));
                self.live = None;
                Poll::Ready(Some(Err(BodyError::Idle { timeout: idle })))
            }
            Poll::Ready(Some(Ok(chunk))) => {
                live.carrier.timer().start(idle);
                self.end_if_known();
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(error))) => {
                self.live = None;
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(None) => {
                self.end();
                Poll::Ready(None)
            }
        }
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carrier = match self.live.as_ref().map(|live| &live.carrier) {
            Some(Carrier::Wire(..)) => "HTTP/1",
            Some(Carrier::Shared { .. }) => "HTTP/2",
            None => "over",
        };
        write!(out, "AnswerBody({carrier})")
    }
}
