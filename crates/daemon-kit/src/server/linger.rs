//! A refusal has to arrive although the request was not read to its end.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{runtime::Handle, time::Instant};

/// Nobody is listened to for longer once their answer is known. Both as nginx has them (`lingering_time`,
/// `lingering_timeout`).
const LINGER_FOR: Duration = Duration::from_secs(30);
/// Nor after such a pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// The body of a request; what its handler leaves of it is read and thrown away, for a while.
///
/// A connection that is closed with something unread in it is reset, and with the reset goes the answer that the caller
/// had not read yet: somebody who sends a megabyte too much would see a broken connection instead of a 413.
pub(super) struct Lingering {
    /// `None` once it is at its end.
    body: Option<Incoming>,
    /// The caller waits to be asked for it, and was not.
    is_held_back: bool,
}

impl Lingering {
    pub(super) fn of(request: Request<Incoming>) -> Request<Self> {
        let is_held_back = expects_continue(request.headers());
        request.map(|body| Self { body: Some(body), is_held_back })
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        self.is_held_back = false;
        let Some(body) = self.body.as_mut() else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let Some(rest) = self.body.take().filter(|rest| !rest.is_end_stream() && !self.is_held_back) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(throw_away(rest));
        }
    }
}

async fn throw_away(mut rest: Incoming) {
    let until = Instant::now() + LINGER_FOR;
    while let Ok(Some(Ok(_))) = tokio::time::timeout_at(until.min(Instant::now() + PAUSE_MAX), rest.frame()).await {}
}

fn expects_continue(headers: &HeaderMap) -> bool {
    headers.get(header::EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}
