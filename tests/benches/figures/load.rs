//! A load generator: keep-alive HTTP/1.1 connections, each with one request in flight, on one thread.
//!
//! It shares the processors with the server that it measures, so it does as little as it can: requests are bytes made
//! beforehand, of an answer only the status and the length are read.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};

/// What to ask.
pub(crate) struct Questions {
    /// The name in the tables.
    pub(crate) name: String,
    /// Paths with their queries; asked round and round.
    pub(crate) paths: Vec<String>,
    /// Further header lines, each ended with CRLF.
    pub(crate) headers: String,
    /// The status that every answer must have.
    pub(crate) status: u16,
}

/// How long to ask.
#[derive(Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) clients: usize,
    /// At least so many requests …
    pub(crate) requests: usize,
    /// … and at least so long.
    pub(crate) time: Duration,
}

/// What the answers took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latencies {
    pub(crate) clients: usize,
    pub(crate) requests: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) per_second: f64,
    /// Mean length of a body.
    pub(crate) body_bytes: f64,
}

/// Asks `questions` at `address` and measures. The same questions in the same order for equal arguments.
///
/// # Errors
/// When a connection breaks or an answer has another status than expected.
pub(crate) async fn ask(address: SocketAddr, questions: &Questions, effort: Effort) -> anyhow::Result<Latencies> {
    let requests: Vec<Vec<u8>> =
        questions.paths.iter().map(|path| request(address, path, &questions.headers)).collect();
    let begun = Instant::now();
    let until = begun + effort.time;
    let each = effort.requests.div_ceil(effort.clients);
    let clients = (0..effort.clients).map(|client| {
        // Every client starts elsewhere in the list.
        let start = client * requests.len() / effort.clients;
        let order = requests.iter().cycle().skip(start);
        one_client(address, order, questions.status, each, until)
    });
    let answers = futures::future::try_join_all(clients).await?;
    let elapsed = begun.elapsed();
    let bytes: usize = answers.iter().map(|answers| answers.body_bytes).sum();
    let mut nanos: Vec<u64> = answers.into_iter().flat_map(|answers| answers.nanos).collect();
    nanos.sort_unstable();
    let at = |part: f64| nanos[((nanos.len() - 1) as f64 * part) as usize] as f64 / 1e6;
    Ok(Latencies {
        clients: effort.clients,
        requests: nanos.len(),
        p50_ms: at(0.5),
        p90_ms: at(0.9),
        p99_ms: at(0.99),
        max_ms: at(1.0),
        per_second: nanos.len() as f64 / elapsed.as_secs_f64(),
        body_bytes: bytes as f64 / nanos.len() as f64,
    })
}

/// Asks once and returns the body.
///
/// # Errors
/// As [`ask`].
pub(crate) async fn ask_once(address: SocketAddr, path: &str, headers: &str) -> anyhow::Result<(u16, String, Vec<u8>)> {
    let mut connection = Connection::open(address).await?;
    let (status, head, body) = connection.exchange(&request(address, path, headers)).await?;
    let head = String::from_utf8_lossy(&connection.buffer[..head]).into_owned();
    Ok((status, head, connection.buffer[body].to_vec()))
}

fn request(address: SocketAddr, path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n").into_bytes()
}

struct Answers {
    nanos: Vec<u64>,
    body_bytes: usize,
}

async fn one_client<'a>(
    address: SocketAddr,
    mut order: impl Iterator<Item = &'a Vec<u8>>,
    expected: u16,
    requests: usize,
    until: Instant,
) -> anyhow::Result<Answers> {
    let mut connection = Connection::open(address).await?;
    let mut answers = Answers { nanos: Vec::with_capacity(requests), body_bytes: 0 };
    loop {
        let request = order.next().context("no questions")?;
        let asked = Instant::now();
        let (status, _, body) = connection.exchange(request).await?;
        answers.nanos.push(asked.elapsed().as_nanos() as u64);
        answers.body_bytes += body.len();
        if status != expected {
            let text = String::from_utf8_lossy(&connection.buffer[body]).into_owned();
            anyhow::bail!(
                "{} answered {status}: {text}",
                String::from_utf8_lossy(request).lines().next().unwrap_or("")
            );
        }
        if answers.nanos.len() >= requests && Instant::now() >= until {
            return Ok(answers);
        }
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(256 * 1024) })
    }

    /// Sends `request` and reads the answer: its status, the length of its head, and where in the buffer its body is.
    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(u16, usize, std::ops::Range<usize>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                anyhow::bail!("the server closed the connection in an answer");
            }
            if head.is_none() {
                head = parse_head(&self.buffer)?;
            }
            if let Some((status, start, length)) = head
                && self.buffer.len() >= start + length
            {
                return Ok((status, start, start..start + length));
            }
        }
    }
}

/// Status, where the body starts, and its length; `None` while the head is not complete.
fn parse_head(bytes: &[u8]) -> anyhow::Result<Option<(u16, usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("an answer's head is not text")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).context("an answer without a status")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    match length {
        Some(length) => Ok(Some((status, end + 4, length))),
        None if status == 304 => Ok(Some((status, end + 4, 0))),
        None => anyhow::bail!("an answer without content-length: this generator does not read chunks"),
    }
}
