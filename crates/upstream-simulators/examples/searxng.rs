//! A simulated SearXNG on its own, until Ctrl-C. The first line it prints is its URL.
//!
//! `cargo run -p upstream-simulators --example searxng -- --port 8080`; faults go to `POST /_sim/faults`, what it was asked
//! is at `GET /_sim/calls`. `--out-of-the-box` starts it with SearXNG's own settings, in which our engines and JSON are off.

#![expect(clippy::print_stdout, reason = "the URL is its output")]

use std::{io, net::SocketAddr, sync::Arc};

use upstream_simulators::{SearxngOptions, SearxngServer};

const USAGE: &str = "searxng [--port N] [--out-of-the-box] [--limiter N]";

#[tokio::main]
async fn main() -> io::Result<()> {
    let options = read(std::env::args().skip(1)).map_err(|word| io::Error::other(format!("{word}? {USAGE}")))?;
    let server = SearxngServer::start(options).await?;
    println!("{}", server.url);
    tokio::signal::ctrl_c().await
}

/// Reads the command line; the word that is wrong.
fn read(mut words: impl Iterator<Item = String>) -> Result<SearxngOptions, String> {
    let (mut port, mut limiter, mut options) = (0, None, SearxngOptions::default());
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|text| text.parse::<u32>().ok()).ok_or_else(|| word.clone());
        match word.as_str() {
            "--port" => port = u16::try_from(number()?).map_err(|_| word.clone())?,
            "--limiter" => limiter = Some(number()?),
            "--out-of-the-box" => options = SearxngOptions::out_of_the_box(),
            _ => return Err(word),
        }
    }
    // Suspensions end, as they would.
    #[expect(clippy::disallowed_methods, reason = "a server for people runs on their time")]
    let clock = Arc::new(chrono::Utc::now);
    Ok(SearxngOptions { address: SocketAddr::from(([127, 0, 0, 1], port)), limiter, clock: Some(clock), ..options })
}
