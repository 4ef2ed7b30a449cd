//! One TCP connection: greeting, then one question at a time.

use std::{borrow::Cow, io::ErrorKind};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Duration, Instant, timeout},
};

use super::Fault;
use crate::{
    ClientConfig,
    wire::{HEAD_LEN, Head, Inflater, Request, decode_hello, hello_requests},
};

/// A greeted connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    inflater: Inflater,
    sequence: u32,
    read_timeout: Duration,
    /// The greeting whose answer may still come.
    owed: Option<Request>,
    /// When the last answer was complete.
    pub(super) used: Instant,
    /// Whether it has answered a question: only such a one can have gone stale.
    pub(super) proven: bool,
}

/// An answer as it came, and its body inflated.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Head and body as they were on the wire.
    pub(crate) frame: Vec<u8>,
    /// The inflated body, where it was compressed.
    inflated: Option<Vec<u8>>,
}

impl Answer {
    /// The body, inflated.
    pub(crate) fn body(&self) -> &[u8] {
        match &self.inflated {
            Some(body) => body,
            None => self.frame.get(HEAD_LEN..).unwrap_or_default(),
        }
    }
}

impl Connection {
    /// Connects and greets.
    pub(super) async fn open(address: &str, config: &ClientConfig) -> Result<Self, Fault> {
        let stream = match timeout(config.connect_timeout, TcpStream::connect(address)).await {
            Err(_) => return Err(Fault::Connect(format!("nobody there within {:?}", config.connect_timeout))),
            Ok(Err(error)) => return Err(Fault::Connect(error.to_string())),
            Ok(Ok(stream)) => stream,
        };
        // Questions are small and wait for their answer: nothing is gained by gathering them.
        stream.set_nodelay(true).map_err(|error| Fault::Connect(error.to_string()))?;
        let mut connection = Self {
            stream,
            inflater: Inflater::default(),
            sequence: 0,
            owed: None,
            read_timeout: config.read_timeout,
            used: Instant::now(),
            proven: false,
        };
        connection.greet(config).await?;
        Ok(connection)
    }

    async fn greet(&mut self, config: &ClientConfig) -> Result<(), Fault> {
        let [first, second, third] = hello_requests();
        let answer = self.exchange(&first, self.read_timeout).await?;
        if let Ok(hello) = decode_hello(answer.body()) {
            tracing::debug!(tdx.server_name = hello.name, tdx.server_site = hello.site, "greeted");
        }
        self.exchange(&second, self.read_timeout).await?;
        match self.exchange(&third, config.greeting_timeout).await {
            // Some servers never answer the third frame, and one that is merely slow may answer it yet.
            Err(Fault::Silence(_)) => self.owed = Some(third),
            other => drop(other?),
        }
        Ok(())
    }

    /// Puts one question. After an error the connection is out of step and must be dropped.
    pub(super) async fn ask(&mut self, request: Request) -> Result<Answer, Fault> {
        self.sequence = self.sequence.wrapping_add(1);
        let answer = self.exchange(&request.with_sequence(self.sequence), self.read_timeout).await?;
        self.used = Instant::now();
        self.proven = true;
        Ok(answer)
    }

    async fn exchange(&mut self, request: &Request, within: Duration) -> Result<Answer, Fault> {
        match timeout(within, self.exchange_unbounded(request)).await {
            // Only a connection that worked before can have gone stale since.
            Ok(Err(Fault::Stale)) if !self.proven => Err(Fault::Dropped("before the first answer".to_owned())),
            Ok(answer) => answer,
            Err(_) => Err(Fault::Silence(within.as_millis())),
        }
    }

    async fn exchange_unbounded(&mut self, request: &Request) -> Result<Answer, Fault> {
        self.stream.write_all(&request.encode()).await.map_err(|_| Fault::Stale)?;
        let (mut head, mut frame) = self.frame().await?;
        if let Some(owed) = self.owed.take_if(|owed| head.answers(owed.method, owed.sequence).is_ok()) {
            tracing::trace!(tdx.method = owed.method, "late answer to the greeting");
            (head, frame) = self.frame().await?;
        }
        head.answers(request.method, request.sequence)?;
        let inflated = match self.inflater.open(&head, &frame[HEAD_LEN..])? {
            Cow::Borrowed(_) => None,
            Cow::Owned(body) => Some(body),
        };
        Ok(Answer { frame, inflated })
    }

    /// Reads one frame: exactly its head, then exactly what the head announces. TCP splits both as it likes.
    async fn frame(&mut self) -> Result<(Head, Vec<u8>), Fault> {
        let mut bytes = [0; HEAD_LEN];
        let mut filled = 0;
        while filled < HEAD_LEN {
            match self.stream.read(&mut bytes[filled..]).await {
                Ok(0) | Err(_) if filled == 0 => return Err(Fault::Stale),
                Ok(0) => return Err(Fault::Dropped("in the middle of a head".to_owned())),
                Ok(read) => filled += read,
                Err(error) => return Err(Fault::Dropped(error.to_string())),
            }
        }
        let head = Head::parse(&bytes)?;
        let mut frame = bytes.to_vec();
        frame.resize(HEAD_LEN + usize::from(head.wire_len), 0);
        self.stream.read_exact(&mut frame[HEAD_LEN..]).await.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Fault::Dropped("in the middle of a body".to_owned()),
            _ => Fault::Dropped(error.to_string()),
        })?;
        Ok((head, frame))
    }
}
