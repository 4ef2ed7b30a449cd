//! A provider without a memory, for measuring what stands in front of it: precomputed bytes, no keys, no books.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::{
    Request, Response,
    body::{Body, Frame, Incoming, SizeHint},
    header::{CONTENT_TYPE, HeaderValue},
};
use memchr::memmem;
use tokio::time::{Instant, Sleep};

use super::{
    answer::LlmAnswer, ask::Ask, bend::Bend, dialect::LlmEndpoint, generation::Generation, listener::listen,
    script::Step, stream, whole,
};
use crate::http::HttpServer;

/// Settings of a [`FastLlm`].
#[derive(Debug, Clone, Copy)]
pub struct FastOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// Tokens of an answer; frames with content in a stream.
    pub tokens: u64,
    /// Before the head of an answer.
    pub head_delay: Duration,
    /// Between the frames of a stream. Frames keep to their times, and do not drift.
    pub interval: Duration,
}

impl Default for FastOptions {
    /// 32 tokens at once.
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { address, tokens: 32, head_delay: Duration::ZERO, interval: Duration::ZERO }
    }
}

/// A running provider. Dropping it closes its sockets.
pub struct FastLlm {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    _http: HttpServer,
}

/// What is sent.
struct Ready {
    whole: Bytes,
    frames: Vec<Bytes>,
    models: Bytes,
    options: FastOptions,
}

impl FastLlm {
    /// Starts one. It answers every path that ends with `/models` with a list, every other one with a chat completion, as
    /// a stream where the body holds `"stream": true`.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(options: FastOptions) -> io::Result<Self> {
        let ready = Arc::new(Ready::new(options));
        let http = listen(options.address, move |request| answer(Arc::clone(&ready), request)).await?;
        Ok(Self { url: http.url.clone(), _http: http })
    }
}

impl Ready {
    fn new(options: FastOptions) -> Self {
        let ask = Ask { model: "mock".to_owned(), include_usage: true, choices: 1, input: 10, ..Ask::default() };
        let answer = LlmAnswer { tokens: options.tokens, ..LlmAnswer::default() };
        let said = Generation::new(LlmEndpoint::Chat, &ask, &answer, &[], 0);
        let whole = Bytes::from(whole::body(&said, &ask, &answer).to_string());
        let frame = |step| if let Step::Data(bytes, _) = step { Some(bytes) } else { None };
        let frames = stream::steps(said, &answer, &Bend::default()).filter_map(frame).collect();
        let models = Bytes::from_static(br#"{"object":"list","data":[{"id":"mock","object":"model"}]}"#);
        Self { whole, frames, models, options }
    }
}

async fn answer(ready: Arc<Ready>, request: Request<Incoming>) -> io::Result<Response<FastBody>> {
    let models = request.uri().path().ends_with("/models");
    let body = read(request.into_body()).await?;
    if !ready.options.head_delay.is_zero() {
        tokio::time::sleep(ready.options.head_delay).await;
    }
    let (content_type, body) = if models {
        ("application/json", FastBody::Whole(Some(ready.models.clone())))
    } else if streams(&body) {
        ("text/event-stream", FastBody::Frames(Frames { next: 0, sleep: None, begun: Instant::now(), ready }))
    } else {
        ("application/json", FastBody::Whole(Some(ready.whole.clone())))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

/// The whole body; without a copy where it came in one piece.
async fn read(mut body: Incoming) -> io::Result<Bytes> {
    let mut whole = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(io::Error::other)?.into_data() else { continue };
        if whole.is_empty() {
            whole = part;
        } else {
            let mut joined = BytesMut::from(whole);
            joined.extend_from_slice(&part);
            whole = joined.freeze();
        }
    }
    Ok(whole)
}

fn streams(body: &[u8]) -> bool {
    let Some(at) = memmem::find(body, b"\"stream\"") else { return false };
    let rest = body[at + 8..].trim_ascii_start();
    rest.strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"true"))
}

enum FastBody {
    Whole(Option<Bytes>),
    Frames(Frames),
}

struct Frames {
    next: usize,
    sleep: Option<Pin<Box<Sleep>>>,
    begun: Instant,
    ready: Arc<Ready>,
}

impl Body for FastBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Frames(frames) => frames.poll(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Frames(_) => SizeHint::default(),
        }
    }
}

impl Frames {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let interval = self.ready.options.interval;
        if !interval.is_zero() && self.next > 0 {
            let due = self.begun + interval * u32::try_from(self.next).unwrap_or(u32::MAX);
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        let frame = self.ready.frames.get(self.next).cloned();
        self.next += 1;
        Poll::Ready(frame)
    }
}
