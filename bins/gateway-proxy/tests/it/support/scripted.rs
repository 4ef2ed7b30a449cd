//! An upstream whose every answer the test writes, frame by frame.

use std::{convert::Infallible, io, task::Poll, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt as _;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Longer than anything takes here.
const BOUND: Duration = Duration::from_secs(10);

/// The upstream. Requests wait until the test answers them.
pub(crate) struct Scripted {
    pub(crate) url: String,
    asked: mpsc::UnboundedReceiver<Asked>,
    server: JoinHandle<()>,
}

/// A request that waits for its answer.
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    reply: oneshot::Sender<Response>,
}

/// A body that the test writes. Dropping it ends the body in order.
pub(crate) struct Frames(mpsc::UnboundedSender<Result<Bytes, io::Error>>);

impl Scripted {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, asked) = mpsc::unbounded_channel();
        let app = Router::new().fallback(take).with_state(sender);
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, server }
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> Asked {
        timeout(BOUND, self.asked.recv()).await.expect("nobody asks the upstream").unwrap()
    }

    /// Whether nobody has asked.
    pub(crate) fn is_idle(&mut self) -> bool {
        self.asked.try_recv().is_err()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Asked {
    /// A whole answer.
    pub(crate) fn answer(self, status: u16, kind: &'static str, body: impl Into<Bytes>) {
        let mut response = Response::new(Body::from(body.into()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        // The gateway may have gone away.
        let _ = self.reply.send(response);
    }

    /// A whole answer that says it is packed.
    pub(crate) fn packed(self, kind: &'static str, body: impl Into<Bytes>) {
        let mut response = Response::new(Body::from(body.into()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let _ = self.reply.send(response);
    }

    /// A whole answer in JSON.
    pub(crate) fn json(self, body: impl Into<Bytes>) {
        self.answer(200, "application/json", body);
    }

    /// The head of an answer, and its body to be written.
    pub(crate) fn begin(self, kind: &'static str) -> Frames {
        let (sender, mut pieces) = mpsc::unbounded_channel();
        let mut failure = None;
        let body = futures::stream::poll_fn(move |context| {
            if let Some(error) = failure.take() {
                return Poll::Ready(Some(Err(error)));
            }
            match pieces.poll_recv(context) {
                Poll::Ready(Some(Err(error))) => {
                    // A pause, in which what was sent before leaves the process.
                    failure = Some(error);
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                other => other,
            }
        });
        let mut response = Response::new(Body::from_stream(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response.headers_mut().insert("x-request-id", HeaderValue::from_static("upstream-7"));
        let _ = self.reply.send(response);
        Frames(sender)
    }

    /// The head of a stream of events.
    pub(crate) fn stream(self) -> Frames {
        self.begin("text/event-stream")
    }
}

impl Frames {
    /// Sends some bytes.
    pub(crate) fn send(&self, bytes: impl Into<Bytes>) {
        let _ = self.0.send(Ok(bytes.into()));
    }

    /// Ends the connection in the middle.
    pub(crate) fn cut(self) {
        let _ = self.0.send(Err(io::Error::other("cut")));
    }

    /// Waits until the gateway has hung up.
    pub(crate) async fn hung_up(&self) {
        timeout(BOUND, self.0.closed()).await.expect("the gateway still listens");
    }

    /// Whether the gateway still listens.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }
}

async fn take(State(asked): State<mpsc::UnboundedSender<Asked>>, request: Request) -> Result<Response, Infallible> {
    let (head, body) = request.into_parts();
    if head.method == Method::GET {
        // A probe, which no test waits for.
        return Ok(Response::new(Body::from("{\"object\":\"list\",\"data\":[]}")));
    }
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (reply, answer) = oneshot::channel();
    let _ = asked.send(Asked { path: head.uri.path().to_owned(), headers: head.headers, body, reply });
    let gone = || {
        let mut response = Response::new(Body::from("the test answered nothing"));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    };
    Ok(answer.await.unwrap_or_else(|_| gone()))
}
