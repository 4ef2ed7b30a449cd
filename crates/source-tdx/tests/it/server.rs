//! A tiny scripted server: it serves the bars it is given, and does one thing wrong if it is told to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use source_tdx::{Client, ClientConfig, Clock};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::Instant,
};

use crate::encode::{self, Bar};

/// Friday evening in Shanghai, 2026-11-20: its bars are final.
pub(crate) const NOW: &str = "2026-11-20T10:00:00Z";
pub(crate) const TODAY: u32 = 20_261_120;

const HELLO: [u16; 2] = [0x000d, 0x0fdb];
pub(crate) const BARS: u16 = 0x052d;
pub(crate) const XDXR: u16 = 0x000f;
pub(crate) const COUNT: u16 = 0x044e;
pub(crate) const LIST: u16 = 0x0450;
pub(crate) const QUOTES: u16 = 0x053e;

/// What a server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
    /// Bars are cut off behind their count.
    Truncated,
    /// There are never any bars.
    Empty,
    /// Accepts everything, answers nothing.
    Mute,
    /// Answers the greeting, then nothing.
    Silent,
    /// One byte per ten milliseconds.
    Drip,
    /// Answers to another method.
    MethodEcho,
    /// Answers to another message.
    SequenceEcho,
    /// The compressed body is damaged.
    CorruptZlib,
    /// The compressed body inflates to more than announced.
    ZlibBomb,
    /// Closes in the middle of the body.
    DropInBody,
    /// Closes instead of an answer.
    DropAtOnce,
    /// No magic number.
    NoMagic,
    /// Never answers the third greeting.
    NoThirdGreeting,
    /// Answers the third greeting only when the first question comes.
    LateThirdGreeting,
    /// Bars newest first.
    Descending,
    /// Leaves out a byte of the first bar.
    OutOfStep,
    /// Answers everything, a little late.
    Late,
    /// Counts volumes in thousands of shares.
    OtherUnit,
    /// Sends the newest bars whatever position is asked for.
    IgnoresStart,
}

/// What a server knows and does.
pub(crate) struct Script {
    pub(crate) wrong: Wrong,
    /// Only for bars of this symbol; the probe and everything else goes well.
    pub(crate) wrong_for: Option<[u8; 6]>,
    pub(crate) bars: BTreeMap<[u8; 6], Vec<Bar>>,
    /// Appended to the bars of a symbol after its first page was sent: a new bar arrives while somebody pages.
    pub(crate) arriving: BTreeMap<[u8; 6], Bar>,
    pub(crate) xdxr: BTreeMap<[u8; 6], Vec<u8>>,
    pub(crate) list: Vec<(String, String)>,
    pub(crate) list_ends_at: usize,
    /// Closes every connection after so many answers to questions.
    pub(crate) closes_after: Option<usize>,
}

/// One question that came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) method: u16,
    pub(crate) symbol: [u8; 6],
    pub(crate) start: u16,
    pub(crate) count: u16,
    pub(crate) at: Instant,
    pub(crate) connection: usize,
}

#[derive(Default)]
pub(crate) struct Log {
    pub(crate) calls: Vec<Call>,
    pub(crate) connections: usize,
    pub(crate) open: usize,
    pub(crate) most_open: usize,
}

pub(crate) struct TestServer {
    pub(crate) address: String,
    script: Arc<Mutex<Script>>,
    log: Arc<Mutex<Log>>,
    accepting: AbortHandle,
}

impl TestServer {
    /// A server that has `000001.SZ`, which is what clients probe, and `600519.SH` with 1,700 bars.
    pub(crate) async fn start(wrong: Wrong) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let script = Arc::new(Mutex::new(Script {
            wrong,
            wrong_for: None,
            bars: BTreeMap::from([(*b"000001", history(10, 1)), (*b"600519", history(1_700, 2))]),
            arriving: BTreeMap::new(),
            xdxr: BTreeMap::new(),
            list: Vec::new(),
            list_ends_at: usize::MAX,
            closes_after: None,
        }));
        let log = Arc::new(Mutex::new(Log::default()));
        let accepting = tokio::spawn(accept(listener, Arc::clone(&script), Arc::clone(&log))).abort_handle();
        Self { address, script, log, accepting }
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// Questions for bars of a symbol.
    pub(crate) fn asked_for(&self, symbol: &[u8; 6]) -> Vec<Call> {
        self.log().calls.iter().filter(|call| call.method == BARS && call.symbol == *symbol).copied().collect()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// `count` bars, the last one of today.
pub(crate) fn history(count: usize, seed: u64) -> Vec<Bar> {
    let mut bars = encode::walk(count, seed);
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    for (bar, day) in bars.iter_mut().rev().zip(today.iter_days().rev()) {
        bar.date = encode::day_number(chrono::Datelike::num_days_from_ce(&day));
    }
    bars
}

pub(crate) fn clock() -> Clock {
    Arc::new(|| NOW.parse().unwrap())
}

/// No limits, and times that are long enough for a busy machine.
pub(crate) fn config(servers: &[&TestServer]) -> ClientConfig {
    let mut config = ClientConfig::new(servers.iter().map(|server| server.address.clone()).collect());
    config.connect_timeout = Duration::from_secs(5);
    config.read_timeout = Duration::from_secs(5);
    config.greeting_timeout = Duration::from_millis(100);
    config.requests_per_second_per_server = 0;
    config.cooldown = Duration::from_secs(60);
    config
}

/// The same, but silence is taken for silence soon.
pub(crate) fn impatient(servers: &[&TestServer]) -> ClientConfig {
    let mut config = config(servers);
    config.read_timeout = Duration::from_millis(600);
    config
}

pub(crate) fn client(servers: &[&TestServer]) -> Client {
    Client::new(config(servers), clock())
}

/// An address where nobody listens.
pub(crate) async fn dead_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>, log: Arc<Mutex<Log>>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let number = {
            let mut log = log.lock().unwrap();
            log.connections += 1;
            log.open += 1;
            log.most_open = log.most_open.max(log.open);
            log.connections
        };
        let (script, log) = (Arc::clone(&script), Arc::clone(&log));
        connections.spawn(async move {
            serve(stream, number, &script, &log).await;
            log.lock().unwrap().open -= 1;
        });
    }
}

/// Answers until the client, or the script, has enough.
async fn serve(mut stream: TcpStream, connection: usize, script: &Mutex<Script>, log: &Mutex<Log>) -> Option<()> {
    let mut owed = Vec::new();
    let mut answered = 0;
    loop {
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.ok()?;
        let length = usize::from(u16::from_le_bytes([head[6], head[7]]));
        let mut parameters = vec![0; length - 2];
        stream.read_exact(&mut parameters).await.ok()?;
        let sequence = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
        let method = u16::from_le_bytes([head[10], head[11]]);
        let wrong = script.lock().unwrap().wrong;
        if HELLO.contains(&method) {
            let hello = encode::frame(sequence, method, &[0; 10], false);
            match (wrong, method) {
                (Wrong::Mute, _) | (Wrong::NoThirdGreeting, 0x0fdb) => {}
                (Wrong::LateThirdGreeting, 0x0fdb) => owed = hello,
                _ => stream.write_all(&hello).await.ok()?,
            }
            continue;
        }
        let (body, wrong) = {
            let mut script = script.lock().unwrap();
            let call = call(method, &parameters, connection);
            log.lock().unwrap().calls.push(call);
            let spared = script.wrong_for.is_some_and(|symbol| symbol != call.symbol);
            let wrong = if spared { Wrong::Nothing } else { wrong };
            (answer(&mut script, call, wrong), wrong)
        };
        stream.write_all(&std::mem::take(&mut owed)).await.ok()?;
        send(&mut stream, sequence, method, &body, wrong).await?;
        answered += 1;
        if script.lock().unwrap().closes_after.is_some_and(|after| answered >= after) {
            return None;
        }
    }
}

fn call(method: u16, parameters: &[u8], connection: usize) -> Call {
    let word = |at: usize| u16::from_le_bytes([parameters[at], parameters[at + 1]]);
    let (symbol, start, count) = match method {
        BARS => (parameters[2..8].try_into().unwrap(), word(12), word(14)),
        XDXR => (parameters[3..9].try_into().unwrap(), 0, 0),
        LIST => ([0; 6], word(2), 0),
        _ => ([0; 6], 0, 0),
    };
    Call { method, symbol, start, count, at: Instant::now(), connection }
}

fn answer(script: &mut Script, call: Call, wrong: Wrong) -> Vec<u8> {
    match call.method {
        COUNT => (script.list.len() as u16).to_le_bytes().to_vec(),
        LIST => list(script, usize::from(call.start)),
        XDXR => script.xdxr.get(&call.symbol).cloned().unwrap_or_default(),
        QUOTES => vec![0xb1, 0xcb, 0, 0],
        _ => bars(script, call, wrong),
    }
}

fn bars(script: &mut Script, call: Call, wrong: Wrong) -> Vec<u8> {
    let arriving = script.arriving.remove(&call.symbol);
    let Some(all) = script.bars.get_mut(&call.symbol).filter(|_| wrong != Wrong::Empty) else { return vec![0, 0] };
    let start = if wrong == Wrong::IgnoresStart { 0 } else { usize::from(call.start) };
    let end = all.len().saturating_sub(start);
    let mut page = all[end.saturating_sub(usize::from(call.count))..end].to_vec();
    all.extend(arriving);
    if wrong == Wrong::Descending {
        page.reverse();
    }
    if wrong == Wrong::OtherUnit {
        page.iter_mut().for_each(|bar| bar.volume /= 10.0);
    }
    let mut body = encode::bars_body(&page, (call.symbol == *b"000300").then_some((1200, 800)));
    match wrong {
        Wrong::Truncated => body.truncate(2),
        Wrong::OutOfStep => drop(body.drain(4..5)),
        _ => {}
    }
    body
}

fn list(script: &Script, start: usize) -> Vec<u8> {
    let end = script.list.len().min(start + 1000).min(script.list_ends_at);
    let rows = script.list.get(start..end).unwrap_or_default();
    let mut body = (rows.len() as u16).to_le_bytes().to_vec();
    for (symbol, name) in rows {
        let mut field = encoding_rs::GBK.encode(name).0.into_owned();
        field.resize(8, 0);
        body.extend(symbol.as_bytes());
        body.extend(100_u16.to_le_bytes());
        body.extend(field);
        body.extend([0; 4]);
        body.push(2);
        body.extend(11.68_f32.to_le_bytes());
        body.extend([0; 4]);
    }
    body
}

async fn send(stream: &mut TcpStream, sequence: u32, method: u16, body: &[u8], wrong: Wrong) -> Option<()> {
    let mut frame = encode::frame(sequence, method, body, body.len() > 100);
    match wrong {
        Wrong::Late => {
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            beat.tick().await;
            beat.tick().await;
        }
        Wrong::Silent => return Some(()),
        Wrong::DropAtOnce => return None,
        Wrong::MethodEcho => frame[10] ^= 0x01,
        Wrong::SequenceEcho => frame[5] ^= 0x40,
        Wrong::NoMagic => frame[1] = 0,
        Wrong::CorruptZlib => {
            frame = encode::frame(sequence, method, body, true);
            let middle = 16 + (frame.len() - 16) / 2;
            frame[middle] ^= 0xff;
            // Of a plain body as long as the compressed one nobody could tell.
            frame[14] ^= u8::from(frame[12..14] == frame[14..16]);
        }
        Wrong::ZlibBomb => {
            frame = encode::frame(sequence, method, &vec![0; 60_000], true);
            frame[14..16].copy_from_slice(&300_u16.to_le_bytes());
        }
        Wrong::DropInBody => {
            stream.write_all(&frame[..16 + (frame.len() - 16) / 2]).await.ok()?;
            return None;
        }
        Wrong::Drip => {
            let mut beat = tokio::time::interval(Duration::from_millis(10));
            for byte in frame.chunks(1) {
                beat.tick().await;
                stream.write_all(byte).await.ok()?;
            }
            return Some(());
        }
        _ => {}
    }
    // In pieces, as TCP delivers them.
    let (head, rest) = frame.split_at(7);
    stream.write_all(head).await.ok()?;
    stream.flush().await.ok()?;
    stream.write_all(rest).await.ok()
}
