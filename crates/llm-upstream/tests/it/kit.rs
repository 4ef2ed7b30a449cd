//! Servers that do exactly what a test says, and a target for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use llm_upstream::{Answer, ApiKey, Dialect, Endpoint, SendError, Target, UpstreamOptions, Upstreams};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

pub(crate) const KEY: &str = "sk-test-0123456789abcdef";
/// Long enough for anything on loopback, short enough to be waited for.
pub(crate) const SHORT: Duration = Duration::from_millis(60);

/// A server whose connections a test handles one by one.
pub(crate) struct Server {
    pub(crate) target: Target,
    accepted: Arc<AtomicUsize>,
}

/// What a client sent.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Server {
    /// Calls `handle` with the number of each connection, from 0, and its socket.
    pub(crate) async fn start<F, Handled>(handle: F) -> Self
    where
        F: Fn(usize, TcpStream) -> Handled + Send + Sync + 'static,
        Handled: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = target(&format!("http://{}/v1", listener.local_addr().unwrap()));
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(handle(number, socket));
            }
        });
        Self { target, accepted }
    }

    /// Answers every request on every connection with these bytes.
    pub(crate) async fn answering(answer: impl AsRef<[u8]>) -> Self {
        let answer: Arc<[u8]> = answer.as_ref().into();
        Self::start(move |_, mut socket| {
            let answer = answer.clone();
            async move {
                while read_request(&mut socket).await.is_some() {
                    socket.write_all(&answer).await.unwrap();
                }
            }
        })
        .await
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

pub(crate) fn target(url: &str) -> Target {
    Target::new(Dialect::SiliconFlow, url, &ApiKey::new(KEY)).unwrap()
}

pub(crate) fn upstreams(options: UpstreamOptions) -> Upstreams {
    Upstreams::new(options).unwrap()
}

pub(crate) async fn chat(upstreams: &Upstreams, target: &Target) -> Result<Answer, SendError> {
    upstreams.send(target, Endpoint::ChatCompletions, Bytes::from_static(b"{\"model\":\"m\"}"), true, "req-1").await
}

/// A whole answer with its length.
pub(crate) fn sized(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// One chunk of a chunked body.
pub(crate) fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The next request; none when the client has hung up.
pub(crate) async fn read_request(socket: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    while bytes.len() < end + length {
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen { head, body: bytes[end..].to_vec() })
}

/// Waits until the client has closed its side.
pub(crate) async fn closed(socket: &mut TcpStream) {
    let mut rest = [0; 1024];
    while socket.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// Waits for a condition, within a bound.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(2));
    for _ in 0..2_500 {
        if holds() {
            return;
        }
        ticks.tick().await;
    }
    panic!("waited in vain: {what}");
}
