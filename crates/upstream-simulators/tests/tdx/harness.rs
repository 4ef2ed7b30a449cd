//! A server over a small market, and a client that takes its frames apart.

use std::{io::Read, sync::Arc};

use chrono::{NaiveDate, NaiveDateTime};
use flate2::read::ZlibDecoder;
use market_model::{Code, vendor_code};
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use upstream_simulators::{Market, MarketSpec, SimClock, TdxOptions, TdxServer};

use crate::decode::{self, WireBar};

pub(crate) struct Sim {
    pub(crate) server: TdxServer,
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a time")
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

impl Sim {
    pub(crate) async fn start() -> Self {
        Self::with(TdxOptions::default()).await
    }

    pub(crate) async fn with(options: TdxOptions) -> Self {
        Self::over(Market::generate(&MarketSpec::small()), options).await
    }

    /// A server whose clock the test moves.
    pub(crate) async fn at(time: &str) -> (Self, SimClock) {
        let clock = SimClock::at_shanghai(at(time));
        (Self::with(TdxOptions { clock: Some(clock.clock()), ..TdxOptions::default() }).await, clock)
    }

    pub(crate) async fn over(market: Market, options: TdxOptions) -> Self {
        Self { server: TdxServer::start(Arc::new(market), options).await.expect("a free port") }
    }

    pub(crate) fn market(&self) -> &Market {
        self.server.market()
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(&self.server.host).await.expect("a connection")
    }

    /// A share with bars on every trading day.
    pub(crate) fn steady_code(&self) -> Code {
        let days = self.market().trading_days().len();
        *self.market().codes().iter().find(|code| self.market().bars(code).len() == days).expect("a steady share")
    }

    /// A share that is suspended in the middle of its history, with one such day.
    pub(crate) fn suspended(&self) -> (Code, NaiveDate) {
        let market = self.market();
        for code in market.codes() {
            let bars = market.bars(code);
            let (Some(first), Some(last)) = (bars.first(), bars.last()) else { continue };
            let between = market.trading_days().iter().filter(|day| (first.trade_date..=last.trade_date).contains(day));
            if let Some(day) = between.into_iter().find(|day| market.is_suspended(code, **day)) {
                return (*code, *day);
            }
        }
        panic!("the small market shows suspensions")
    }
}

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) head: [u8; 16],
    /// As it came.
    pub(crate) wire: Vec<u8>,
}

impl Answer {
    pub(crate) fn sequence(&self) -> u32 {
        u32::from_le_bytes(self.head[5..9].try_into().unwrap())
    }

    pub(crate) fn method(&self) -> u16 {
        u16::from_le_bytes([self.head[10], self.head[11]])
    }

    pub(crate) fn is_deflated(&self) -> bool {
        self.head[12..14] != self.head[14..16]
    }

    /// The body, inflated; an error where it does not inflate to the length that the head says.
    pub(crate) fn body(&self) -> io::Result<Vec<u8>> {
        if !self.is_deflated() {
            return Ok(self.wire.clone());
        }
        let mut body = Vec::new();
        ZlibDecoder::new(&self.wire[..]).read_to_end(&mut body)?;
        let said = usize::from(u16::from_le_bytes([self.head[14], self.head[15]]));
        if body.len() == said { Ok(body) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    sequence: u32,
}

impl Client {
    pub(crate) async fn connect(host: &str) -> io::Result<Self> {
        Ok(Self { stream: TcpStream::connect(host).await?, sequence: 0x0064_1800 })
    }

    /// A frame with the next sequence.
    pub(crate) fn frame(&mut self, method: u16, payload: &[u8]) -> Vec<u8> {
        self.sequence += 1;
        let length = (payload.len() as u16 + 2).to_le_bytes();
        let mut frame = vec![0x0c];
        frame.extend_from_slice(&self.sequence.to_le_bytes());
        frame.push(1);
        frame.extend_from_slice(&length);
        frame.extend_from_slice(&length);
        frame.extend_from_slice(&method.to_le_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    pub(crate) async fn send(&mut self, method: u16, payload: &[u8]) -> io::Result<()> {
        let frame = self.frame(method, payload);
        self.stream.write_all(&frame).await
    }

    pub(crate) async fn receive(&mut self) -> io::Result<Answer> {
        let mut head = [0; 16];
        self.stream.read_exact(&mut head).await?;
        let mut wire = vec![0; usize::from(u16::from_le_bytes([head[12], head[13]]))];
        self.stream.read_exact(&mut wire).await?;
        Ok(Answer { head, wire })
    }

    /// Asks, and takes whatever comes.
    pub(crate) async fn ask(&mut self, method: u16, payload: &[u8]) -> io::Result<Answer> {
        self.send(method, payload).await?;
        self.receive().await
    }

    /// Asks, and insists on a well-formed answer.
    pub(crate) async fn call(&mut self, method: u16, payload: &[u8]) -> Vec<u8> {
        let answer = self.ask(method, payload).await.expect("an answer");
        assert_eq!(answer.head[..4], [0xb1, 0xcb, 0x74, 0x00]);
        assert_eq!((answer.sequence(), answer.method()), (self.sequence, method));
        assert_eq!(answer.head[4], if answer.is_deflated() { 0x1c } else { 0x0c });
        answer.body().expect("a body of the length its head says")
    }

    pub(crate) fn sequence(&self) -> u32 {
        self.sequence
    }

    pub(crate) async fn bars(&mut self, code: &Code, category: u16, start: u16, count: u16) -> Vec<WireBar> {
        let body = self.call(0x052d, &bars_payload(code, category, start, count)).await;
        decode::bars(&body, category, is_index(code))
    }

    /// All bars, page by page, ascending.
    pub(crate) async fn all_bars(&mut self, code: &Code, category: u16) -> Vec<WireBar> {
        let mut pages = Vec::new();
        let mut start = 0;
        loop {
            let page = self.bars(code, category, start, 800).await;
            let rows = page.len() as u16;
            start += rows;
            pages.push(page);
            if rows < 800 {
                break;
            }
        }
        pages.into_iter().rev().flatten().collect()
    }

    pub(crate) async fn xdxr(&mut self, code: &Code) -> Vec<(NaiveDate, u8, [f32; 4])> {
        decode::xdxr(&self.call(0x000f, &one_code(code)).await)
    }

    pub(crate) async fn quotes(&mut self, codes: &[Code]) -> Vec<decode::WireQuote> {
        let mut payload = vec![5, 0, 0, 0, 0, 0, 0, 0];
        payload.extend_from_slice(&(codes.len() as u16).to_le_bytes());
        codes.iter().for_each(|code| payload.extend(symbol(code)));
        decode::quotes(&self.call(0x053e, &payload).await)
    }
}

/// The market byte and the digits.
pub(crate) fn symbol(code: &Code) -> Vec<u8> {
    let (market, digits) = vendor_code::tdx::print(code).expect("a mainland code");
    [vec![market], digits.to_vec()].concat()
}

/// Market as a word, then the digits.
pub(crate) fn wide_symbol(code: &Code) -> Vec<u8> {
    let symbol = symbol(code);
    [vec![symbol[0], 0], symbol[1..].to_vec()].concat()
}

pub(crate) fn one_code(code: &Code) -> Vec<u8> {
    [vec![1, 0], symbol(code)].concat()
}

pub(crate) fn words(words: &[u16]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

pub(crate) fn bars_payload(code: &Code, category: u16, start: u16, count: u16) -> Vec<u8> {
    [wide_symbol(code), words(&[category, 1, start, count]), vec![0; 10]].concat()
}

pub(crate) fn is_index(code: &Code) -> bool {
    market_model::InstrumentKind::of_code(code) == Some(market_model::InstrumentKind::Index)
}

/// A price in thousandths.
pub(crate) fn thousandths(price: f64) -> i64 {
    (price * 1000.0).round() as i64
}
