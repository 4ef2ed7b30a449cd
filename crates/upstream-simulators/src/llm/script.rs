//! A body that is played step by step, and whose tokens are billed as they go out.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::receipt::Receipt;

/// One step.
#[derive(Debug)]
pub(super) enum Step {
    /// These bytes, with so many tokens of output.
    Data(Bytes, u64),
    Wait(Duration),
    /// A turn of the executor, in which what came before is written out.
    Yield,
    /// The connection ends here.
    Cut,
    /// Nothing comes any more.
    Stall,
}

/// Steps, made as they are needed: an endless stream costs no memory.
pub(super) type Steps = Box<dyn Iterator<Item = Step> + Send>;

/// A body in steps.
pub(super) struct Script {
    steps: Steps,
    sleep: Option<Pin<Box<Sleep>>>,
    /// The length that the head names; chunked without.
    length: Option<u64>,
    sent: u64,
    over: bool,
    stalled: bool,
    receipt: Option<Receipt>,
}

impl Script {
    pub(super) fn new(steps: Steps, length: Option<u64>, receipt: Option<Receipt>) -> Self {
        Self { steps, sleep: None, length, sent: 0, over: length == Some(0), stalled: false, receipt }
    }

    /// These bytes at once.
    pub(super) fn whole(body: Bytes, receipt: Option<Receipt>) -> Self {
        let length = Some(body.len() as u64);
        Self::new(Box::new(std::iter::once(Step::Data(body, 0))), length, receipt)
    }

    fn end(&mut self) {
        self.over = true;
        if let Some(receipt) = &mut self.receipt {
            receipt.finish();
        }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            if self.over {
                return Poll::Ready(None);
            }
            if self.stalled {
                // Nobody wakes this task: the connection ends with its caller, or with the server.
                return Poll::Pending;
            }
            if let Some(sleep) = &mut self.sleep {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.sleep = None;
            }
            match self.steps.next() {
                None => self.end(),
                Some(Step::Wait(time)) if time.is_zero() => {}
                Some(Step::Wait(time)) => self.sleep = Some(Box::pin(tokio::time::sleep(time))),
                Some(Step::Stall) => self.stalled = true,
                Some(Step::Yield) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Cut) => {
                    self.end();
                    return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted))));
                }
                Some(Step::Data(bytes, tokens)) => {
                    self.sent += bytes.len() as u64;
                    if tokens > 0
                        && let Some(receipt) = &mut self.receipt
                    {
                        receipt.bill_output(tokens);
                    }
                    if self.length == Some(self.sent) {
                        self.end();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, |length| SizeHint::with_exact(length - self.sent))
    }
}
