//! The rest of an answer on its way to the caller: what arrives leaves at once, byte for byte.
//!
//! The upstream is read when the caller's connection takes more, and not before: a slow caller slows its own upstream
//! down, and nothing piles up here. After the first byte there is no way back, so that a failure is an error event and
//! an end without `[DONE]`.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use llm_upstream::{BodyError, OpenAiError, Refused, sse::error_event, usage::FrameKind};
use route_policy::Feedback;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{
    AttemptEnd, Outcome,
    answer::own_words,
    exchange::Exchange,
    outcome::Failing,
    stream::understood,
    tally::{Seen, Tally},
};

/// How long the end of the connection is waited for after `[DONE]`, so that it can be used again.
const LINGER: Duration = Duration::from_secs(1);

/// A body that is an exchange's answer.
pub(super) struct RelayBody {
    exchange: Exchange,
    ready: VecDeque<Bytes>,
    /// The usage was asked for by the gateway only, and the caller does not get it.
    strips_usage: bool,
    phase: Phase,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
}

enum Phase {
    /// The upstream is read.
    Reading,
    /// It said `[DONE]`, and everything is settled; its connection has not come to an end.
    Lingering(Pin<Box<Sleep>>),
    /// Nothing more comes but what is ready.
    Ended,
    /// A document that breaks off: the caller's connection has to.
    Broken,
}

/// An answer that breaks off where no error event can say so.
#[derive(Debug, thiserror::Error)]
#[error("the upstream's answer broke off")]
pub(super) struct BrokenOff;

impl RelayBody {
    /// The rest of a stream, after what was held of it.
    pub(super) fn stream(exchange: Exchange, held: VecDeque<Bytes>, strips_usage: bool) -> Self {
        Self::new(exchange, held, strips_usage)
    }

    /// The rest of a document, after what was held of it.
    pub(super) fn document(exchange: Exchange, held: Vec<Bytes>) -> Self {
        Self::new(exchange, held.into(), false)
    }

    fn new(exchange: Exchange, ready: VecDeque<Bytes>, strips_usage: bool) -> Self {
        let closing = exchange.gateway().map_or_else(CancellationToken::new, |gateway| gateway.closing.clone());
        let closing = Box::pin(closing.cancelled_owned());
        let mut body = Self { exchange, ready, strips_usage, phase: Phase::Reading, closing };
        body.linger_if_done();
        body
    }

    /// Ends the stream with an error event. No `[DONE]` follows, whatever the upstream still says.
    pub(super) fn fail(&mut self, refused: Refused, end: AttemptEnd) {
        let Refused { verdict, retry_after, error, .. } = self.exchange.channel.target.without_key(refused);
        let is_stream = matches!(self.exchange.tally, Tally::Stream(_));
        self.exchange.hang_up();
        let due = self.exchange.tally.lost(&self.exchange.bounds);
        let feedback = Feedback::Refused { verdict, retry_after };
        self.exchange.conclude(&due, end, Some(feedback), &error.message);
        self.exchange.end(&due, end, None, Outcome::Cut);
        self.phase = if is_stream {
            self.ready.push_back(error_event(&error));
            Phase::Ended
        } else {
            Phase::Broken
        };
    }

    fn broke_off(&mut self, error: &BodyError) {
        let failing = match error {
            BodyError::Idle { .. } => Failing::Stalled,
            BodyError::Cut { .. } => Failing::Cut,
        };
        self.fail(own_words(error.verdict(), error.error(), error.name()), AttemptEnd::Failed(failing));
    }

    /// The upstream's answer is whole.
    fn settle(&mut self) {
        let due = self.exchange.tally.lost(&self.exchange.bounds);
        self.exchange.end(&due, AttemptEnd::Ok, None, Outcome::Ok);
    }

    fn ended(&mut self) {
        match &mut self.exchange.tally {
            Tally::Stream(tally) => {
                if let Some(last) = tally.last_event() {
                    self.take(last);
                }
            }
            other => other.end(),
        }
        match &self.exchange.tally {
            _ if !matches!(self.phase, Phase::Reading) => self.phase = Phase::Ended,
            Tally::Stream(tally) if !tally.is_whole() => {
                self.broke_off(&BodyError::Cut { problem: "the stream ended before its end".to_owned() });
            }
            _ => {
                self.settle();
                self.phase = Phase::Ended;
            }
        }
    }

    fn take_chunk(&mut self, chunk: Bytes) {
        match &mut self.exchange.tally {
            Tally::Stream(tally) => {
                if let Err(error) = tally.push(chunk) {
                    return self.broke_off(&BodyError::Cut { problem: error.to_string() });
                }
            }
            other => {
                // A document takes every piece.
                let _ = other.pass(chunk.clone());
                return self.ready.push_back(chunk);
            }
        }
        while matches!(self.phase, Phase::Reading | Phase::Lingering(_)) {
            let Tally::Stream(tally) = &mut self.exchange.tally else { return };
            let Some(seen) = tally.next_event() else { break };
            self.take(seen);
        }
        self.linger_if_done();
    }

    fn take(&mut self, seen: Seen) {
        match seen.kind {
            FrameKind::UsageOnly if self.strips_usage => {}
            FrameKind::Error => {
                let refused = understood(self.exchange.channel.dialect, &seen.frame);
                let end = AttemptEnd::Refused(refused.verdict);
                self.fail(refused, end);
            }
            _ => self.ready.push_back(seen.frame.into_bytes()),
        }
    }

    fn linger_if_done(&mut self) {
        if let (Phase::Reading, Tally::Stream(tally)) = (&self.phase, &self.exchange.tally)
            && tally.done
        {
            // Before it leaves: a caller that has its `[DONE]` may close the connection at once.
            self.settle();
            self.phase = Phase::Lingering(Box::pin(tokio::time::sleep_until(Instant::now() + LINGER)));
        }
    }

    fn close(&mut self) {
        let error = OpenAiError::new("server_error", Some("shutting_down"), "the gateway is shutting down");
        let due = self.exchange.tally.lost(&self.exchange.bounds);
        self.exchange.hang_up();
        self.exchange.end(&due, AttemptEnd::ClientGone, None, Outcome::Cut);
        self.phase = match self.exchange.tally {
            Tally::Stream(_) => {
                self.ready.push_back(error_event(&error));
                Phase::Ended
            }
            _ => Phase::Broken,
        };
    }
}

impl Body for RelayBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        loop {
            if let Some(bytes) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            match &mut this.phase {
                Phase::Ended => return Poll::Ready(None),
                Phase::Broken => {
                    this.phase = Phase::Ended;
                    return Poll::Ready(Some(Err(BrokenOff)));
                }
                Phase::Lingering(linger) => {
                    if linger.as_mut().poll(context).is_ready() {
                        this.exchange.hang_up();
                        this.phase = Phase::Ended;
                        continue;
                    }
                }
                Phase::Reading => {}
            }
            match this.exchange.poll_chunk(context) {
                Poll::Ready(Some(Ok(chunk))) => this.take_chunk(chunk),
                Poll::Ready(Some(Err(error))) => match &this.phase {
                    // The answer was whole; only the connection was not.
                    Phase::Lingering(_) => this.phase = Phase::Ended,
                    _ => this.broke_off(&error),
                },
                Poll::Ready(None) => this.ended(),
                Poll::Pending => {
                    ready!(this.closing.as_mut().poll(context));
                    this.close();
                }
            }
        }
    }
}
