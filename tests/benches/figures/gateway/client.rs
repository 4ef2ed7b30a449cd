//! One keep-alive connection over HTTP/1.1 that hands over an answer's body as it arrives, by length or in chunks.

use std::{net::SocketAddr, ops::ControlFlow};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const ROOM: usize = 64 * 1024;

/// A connection with one request in flight.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(super) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(ROOM) })
    }

    /// Sends `request` and reads the answer to its end; every piece of its body goes to `piece` when it is there.
    ///
    /// # Errors
    /// When the connection breaks, or the request is refused.
    pub(super) async fn exchange(&mut self, request: &[u8], mut piece: impl FnMut(&[u8])) -> anyhow::Result<()> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (mut at, mut body) = loop {
            self.read().await?;
            if let Some(head) = head(&self.buffer)? {
                break head;
            }
        };
        loop {
            let (used, flow) = body.take(&self.buffer[at..], &mut piece)?;
            if flow.is_break() {
                return Ok(());
            }
            self.buffer.drain(..at + used);
            at = 0;
            self.read().await?;
        }
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        anyhow::ensure!(read > 0, "the server closed the connection in an answer");
        Ok(())
    }
}

/// Where the body of an answer starts, and how its end is known; `None` while the head is not complete.
fn head(bytes: &[u8]) -> anyhow::Result<Option<(usize, Body)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end]).context("an answer's head is not text")?;
    let is_good = head.get(9..10) == Some("2");
    anyhow::ensure!(is_good, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(1_000)]));
    let value = |wanted: &str| {
        let mut headers = head.lines().filter_map(|line| line.split_once(':'));
        headers.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then(|| value.trim()))
    };
    let body = match value("content-length").map(str::parse).transpose()? {
        Some(length) => Body::Length(length),
        None if value("transfer-encoding").is_some() => Body::ChunkSize,
        None => anyhow::bail!("an answer without a length: {head}"),
    };
    Ok(Some((end + 4, body)))
}

/// What comes next of a body.
enum Body {
    /// So many bytes, and then nothing.
    Length(usize),
    /// The size of a chunk.
    ChunkSize,
    /// So many bytes of a chunk, its line end included.
    Chunk(usize),
    /// The empty line after the last chunk.
    LastLine,
}

impl Body {
    /// Takes what it can of `bytes`; how many bytes that was, and whether the body is whole.
    fn take(&mut self, bytes: &[u8], piece: &mut impl FnMut(&[u8])) -> anyhow::Result<(usize, ControlFlow<()>)> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self {
                Self::Length(left) => {
                    let taken = rest.len().min(*left);
                    piece(&rest[..taken]);
                    *left -= taken;
                    let flow = if *left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
                    return Ok((at + taken, flow));
                }
                Self::ChunkSize => {
                    let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { break };
                    let size = std::str::from_utf8(&rest[..end])?.split(';').next().unwrap_or_default().trim();
                    let size = usize::from_str_radix(size, 16).with_context(|| format!("{size:?} is no size"))?;
                    *self = if size == 0 { Self::LastLine } else { Self::Chunk(size + 2) };
                    at += end + 2;
                }
                Self::Chunk(left) => {
                    let taken = rest.len().min(*left);
                    let line_end_begins = left.saturating_sub(2);
                    piece(&rest[..taken.min(line_end_begins)]);
                    *left -= taken;
                    at += taken;
                    if *left > 0 {
                        break;
                    }
                    *self = Self::ChunkSize;
                }
                Self::LastLine if rest.len() >= 2 => return Ok((at + 2, ControlFlow::Break(()))),
                Self::LastLine => break,
            }
        }
        Ok((at, ControlFlow::Continue(())))
    }
}
