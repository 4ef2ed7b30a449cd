//! How many bars per second one core of a simulated TDX server serves, over a real socket.
//!
//! `cargo bench -p upstream-simulators --bench tdx [-- <codes> <connections>]`. The server runs on one thread; the
//! client, on another, asks for every page of every code and only takes the frames apart. The backfill's benchmark must
//! not be bound by this.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should panic")]

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use chrono::NaiveDate;
use market_model::{Code, vendor_code};
use tokio::time::Instant;
use upstream_simulators::{Market, MarketSpec, TdxOptions, TdxServer};

const PAGE: u16 = 800;

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (codes, connections) = (numbers.first().copied().unwrap_or(500), numbers.get(1).copied().unwrap_or(1));
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    // 2,500 trading days.
    let spec = MarketSpec::new(1, codes, day(2015, 8, 3), day(2025, 11, 14));
    let market = Arc::new(Market::generate(&spec));
    println!("{codes} codes, {} days, {} bars", market.trading_days().len(), market.bar_count());
    for compress in [true, false] {
        let options = TdxOptions { compress, control: false, ..TdxOptions::default() };
        let (address, stop) = serve(Arc::clone(&market), options);
        let parts = market.codes().chunks(codes.div_ceil(connections).max(1));
        let before = Instant::now();
        let (rows, bytes) = thread::scope(|scope| {
            let clients: Vec<_> = parts.map(|part| scope.spawn(move || fetch(address, part))).collect();
            let sums = clients.into_iter().map(|client| client.join().unwrap());
            sums.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
        });
        let seconds = before.elapsed().as_secs_f64();
        assert_eq!(rows, market.bar_count());
        println!(
            "compress = {compress}: {rows} bars in {seconds:.2} s = {:.2} M bars/s, {:.1} bytes per bar, {connections} \
             connections",
            rows as f64 / seconds / 1e6,
            bytes as f64 / rows as f64,
        );
        stop.send(()).unwrap();
    }
}

/// A server on a thread of its own.
fn serve(market: Arc<Market>, options: TdxOptions) -> (SocketAddr, mpsc::Sender<()>) {
    let (started, wait) = mpsc::channel();
    let (stop, stopped) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = TdxServer::start(market, options).await.unwrap();
            started.send(server.address()).unwrap();
            let until = tokio::task::spawn_blocking(move || stopped.recv());
            until.await.unwrap().unwrap_or_default();
        });
    });
    (wait.recv().unwrap(), stop)
}

/// Every page of every code; bars and bytes.
fn fetch(address: SocketAddr, codes: &[Code]) -> (usize, usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut head = [0; 16];
    let mut body = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    for code in codes {
        let mut start = 0;
        loop {
            stream.write_all(&request(code, start)).unwrap();
            stream.read_exact(&mut head).unwrap();
            let (wire, plain) = (u16::from_le_bytes([head[12], head[13]]), u16::from_le_bytes([head[14], head[15]]));
            body.resize(usize::from(wire), 0);
            stream.read_exact(&mut body).unwrap();
            bytes += 16 + body.len();
            let count = if wire == plain { count(&body) } else { count(&inflated_start(&body)) };
            rows += usize::from(count);
            if count < PAGE {
                break;
            }
            start += PAGE;
        }
    }
    (rows, bytes)
}

fn count(body: &[u8]) -> u16 {
    u16::from_le_bytes([body[0], body[1]])
}

/// The first two bytes of the body: that is all it takes to go on.
fn inflated_start(body: &[u8]) -> [u8; 2] {
    let mut start = [0; 2];
    flate2::read::ZlibDecoder::new(body).read_exact(&mut start).unwrap();
    start
}

fn request(code: &Code, start: u16) -> Vec<u8> {
    let (market, digits) = vendor_code::tdx::print(code).unwrap();
    let mut request = vec![0x0c, 0x01, 0x08, 0x64, 0x01, 0x01, 0x1c, 0x00, 0x1c, 0x00, 0x2d, 0x05];
    request.extend_from_slice(&u16::from(market).to_le_bytes());
    request.extend_from_slice(&digits);
    for number in [9, 1, start, PAGE] {
        request.extend_from_slice(&number.to_le_bytes());
    }
    request.extend_from_slice(&[0; 10]);
    request
}
