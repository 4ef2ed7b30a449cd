//! A simulated provider of language models on its own, until Ctrl-C. The first line it prints is its URL.
//!
//! `cargo run --release -p upstream-simulators --example llm -- --tokens 32` is the fast one, for measuring what stands in
//! front of it. `--careful` starts the one that keeps books (`GET /_sim/books`) and takes faults (`POST /_sim/faults`).

#![expect(clippy::print_stdout, reason = "the URL is its output")]

use std::{io, net::SocketAddr, str::FromStr, time::Duration};

use upstream_simulators::{FastLlm, FastOptions, LlmAnswer, LlmDialect, LlmOptions, LlmServer};

const USAGE: &str =
    "llm [--port N] [--tokens N] [--interval-us N] [--delay-us N] [--careful] [--dialect NAME] [--keys N]";

#[derive(Default)]
struct Wanted {
    port: u16,
    tokens: Option<u64>,
    interval: Duration,
    delay: Duration,
    careful: bool,
    dialect: LlmDialect,
    keys: usize,
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let wanted = read(std::env::args().skip(1)).map_err(|word| io::Error::other(format!("{word}? {USAGE}")))?;
    let address = SocketAddr::from(([127, 0, 0, 1], wanted.port));
    let Wanted { interval, delay: head_delay, .. } = wanted;
    if wanted.careful {
        let usual = LlmAnswer::default();
        let answer = LlmAnswer { tokens: wanted.tokens.unwrap_or(usual.tokens), interval, head_delay, ..usual };
        let server =
            LlmServer::start(LlmOptions { address, answer, ..LlmOptions::with_keys(wanted.dialect, wanted.keys) });
        let server = server.await?;
        println!("{}", server.base_url());
        server.keys().iter().for_each(|key| println!("{} {}", key.name, key.secret));
        return tokio::signal::ctrl_c().await;
    }
    let usual = FastOptions::default();
    let tokens = wanted.tokens.unwrap_or(usual.tokens);
    let server = FastLlm::start(FastOptions { address, tokens, interval, head_delay }).await?;
    println!("{}/v1", server.url);
    tokio::signal::ctrl_c().await
}

/// Reads the command line; the word that is wrong.
fn read(mut words: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| word.clone());
        match word.as_str() {
            "--careful" => wanted.careful = true,
            "--port" => wanted.port = number(&value()?)?,
            "--tokens" => wanted.tokens = Some(number(&value()?)?),
            "--interval-us" => wanted.interval = Duration::from_micros(number(&value()?)?),
            "--delay-us" => wanted.delay = Duration::from_micros(number(&value()?)?),
            "--keys" => wanted.keys = number(&value()?)?,
            "--dialect" => {
                let name = value()?;
                wanted.dialect = LlmDialect::ALL.into_iter().find(|dialect| dialect.name() == name).ok_or(name)?;
            }
            _ => return Err(word),
        }
    }
    Ok(wanted)
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| text.to_owned())
}
