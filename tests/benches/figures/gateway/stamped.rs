//! A provider whose frames say when they were sent, by the clock of this process.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::Instant,
};

/// How it streams.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Frames with content of a stream.
    pub(super) frames: u32,
    /// Between them.
    pub(super) interval: Duration,
}

/// The provider. Dropping it closes its port.
pub(super) struct Stamped {
    origin: Instant,
    pace: watch::Sender<Pace>,
    task: JoinHandle<()>,
}

impl Stamped {
    /// Starts one at `address`.
    ///
    /// # Errors
    /// When the address is taken.
    pub(super) async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
        let origin = Instant::now();
        let (pace, paces) = watch::channel(Pace { frames: 1, interval: Duration::ZERO });
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, origin, paces.clone()));
            }
        });
        Ok(Self { origin, pace, task })
    }

    /// How streams go that begin from now on.
    pub(super) fn set(&self, pace: Pace) {
        self.pace.send_replace(pace);
    }

    /// How long ago a frame with this content was sent.
    ///
    /// # Errors
    /// When it says no time.
    pub(super) fn age(&self, content: &[u8]) -> anyhow::Result<Duration> {
        let sent: u64 = std::str::from_utf8(content)?.parse().context("a frame says when it was sent")?;
        Ok(self.origin.elapsed().saturating_sub(Duration::from_nanos(sent)))
    }
}

impl Drop for Stamped {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves one connection until it ends. How it ends is its own affair: measured is what arrives.
async fn serve(mut stream: TcpStream, origin: Instant, pace: watch::Receiver<Pace>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Ok(Some(path)) = request(&mut stream, &mut buffer).await {
        let pace = *pace.borrow();
        let answered = if path.ends_with("/models") {
            let list = r#"{"object":"list","data":[{"id":"mock","object":"model"}]}"#;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:";
            stream.write_all(format!("{head} {}\r\n\r\n{list}", list.len()).as_bytes()).await
        } else {
            frames(&mut stream, origin, pace).await
        };
        if answered.is_err() {
            return;
        }
    }
}

/// Reads a request to its end; its path, or nothing where the caller has gone.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Option<String>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let mut headers = head.lines().filter_map(|line| line.split_once(':'));
            let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(Ok(0), |(_, value)| value.trim().parse())?;
            let whole = end + 4 + length;
            while buffer.len() < whole {
                anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the caller has gone");
            }
            buffer.drain(..whole);
            return Ok(head.split(' ').nth(1).map(str::to_owned));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

async fn frames(stream: &mut TcpStream, origin: Instant, pace: Pace) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let begun = Instant::now();
    for number in 0..pace.frames {
        tokio::time::sleep_until(begun + pace.interval * number).await;
        let sent = origin.elapsed().as_nanos();
        stream
            .write_all(&chunk(&format!(r#"[{{"index":0,"delta":{{"content":"{sent}"}},"finish_reason":null}}]"#)))
            .await?;
    }
    let last = [
        chunk(r#"[{"index":0,"delta":{},"finish_reason":"stop"}]"#),
        chunk(r#"[],"usage":{"prompt_tokens":40,"completion_tokens":64,"total_tokens":104}"#),
        b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n".to_vec(),
    ];
    stream.write_all(&last.concat()).await
}

/// An event with these choices, as a chunk of its own.
fn chunk(choices: &str) -> Vec<u8> {
    let event = format!(
        "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763900000,\"model\":\"mock\",\"choices\":{choices}}}\n\n"
    );
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}
