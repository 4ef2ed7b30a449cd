//! The load: questions one after the other on each connection, and streams side by side.

use std::time::Duration;

use futures::future::try_join_all;
use tokio::time::Instant;

use super::{
    client::Connection,
    contents::Contents,
    question::request,
    stamped::{Pace, Stamped},
    subject::Subject,
};

/// How long something took, many times; microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
    pub(super) count: usize,
}

/// What came of many streams at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Streamed {
    /// From a frame's sending to its arrival.
    pub(super) delay: Spread,
    /// Streams that came to their end with every frame.
    pub(super) whole: usize,
    /// From the first question to the last answer.
    pub(super) took: Duration,
}

impl Spread {
    fn of(mut nanos: Vec<u64>) -> anyhow::Result<Self> {
        anyhow::ensure!(!nanos.is_empty(), "nothing was measured");
        nanos.sort_unstable();
        let at = |part: f64| nanos[((nanos.len() - 1) as f64 * part) as usize] as f64 / 1e3;
        Ok(Self { p50: at(0.5), p99: at(0.99), max: at(1.0), count: nanos.len() })
    }

    /// The least of both: what the machine had to itself.
    pub(super) fn least(self, other: Self) -> Self {
        let (p50, p99, max) = (self.p50.min(other.p50), self.p99.min(other.p99), self.max.min(other.max));
        Self { p50, p99, max, count: self.count + other.count }
    }
}

/// Whole answers, on `clients` connections for `time`.
///
/// # Errors
/// When a connection breaks or an answer is refused.
pub(super) async fn answers(subject: &Subject, clients: usize, time: Duration) -> anyhow::Result<Spread> {
    let request = request(subject.address, &subject.headers, false);
    let until = Instant::now() + time;
    let one = async || {
        let mut connection = Connection::open(subject.address).await?;
        let mut nanos = Vec::new();
        // The first one is for connections and caches.
        connection.exchange(&request, |_| {}).await?;
        while Instant::now() < until {
            let asked = Instant::now();
            connection.exchange(&request, |_| {}).await?;
            nanos.push(asked.elapsed().as_nanos() as u64);
        }
        anyhow::Ok(nanos)
    };
    let nanos = try_join_all((0..clients).map(|_| one())).await?;
    Spread::of(nanos.concat())
}

/// Streams one after the other for `time`, from the question to the first content.
///
/// # Errors
/// As [`answers`], and when a stream has no content.
pub(super) async fn first_tokens(subject: &Subject, time: Duration) -> anyhow::Result<Spread> {
    let request = request(subject.address, &subject.headers, true);
    let until = Instant::now() + time;
    let mut connection = Connection::open(subject.address).await?;
    let mut nanos = Vec::new();
    let mut is_first = true;
    while is_first || Instant::now() < until {
        let (mut contents, mut first) = (Contents::default(), None);
        let asked = Instant::now();
        let exchange = connection.exchange(&request, |piece| {
            contents.push(piece, |_| {
                first.get_or_insert_with(|| asked.elapsed());
            });
        });
        exchange.await?;
        let Some(first) = first else { anyhow::bail!("{}: a stream without content", subject.name) };
        if !std::mem::take(&mut is_first) {
            nanos.push(first.as_nanos() as u64);
        }
    }
    Spread::of(nanos)
}

/// `streams` streams at the same time, each on a connection of its own, which begin one after the other within an
/// interval. None may take longer than `patience`.
///
/// # Errors
/// As [`answers`].
pub(super) async fn streams(
    subject: &Subject,
    stamped: &Stamped,
    streams: u32,
    pace: Pace,
    patience: Duration,
) -> anyhow::Result<Streamed> {
    stamped.set(pace);
    let request = request(subject.address, &subject.headers, true);
    let begun = Instant::now();
    let one = async |number: u32| {
        tokio::time::sleep_until(begun + pace.interval * number / streams).await;
        let (mut contents, mut nanos) = (Contents::default(), Vec::with_capacity(pace.frames as usize));
        let exchange = async {
            let mut connection = Connection::open(subject.address).await?;
            let take = |piece: &[u8]| {
                contents.push(piece, |content| nanos.extend(stamped.age(content).map(|age| age.as_nanos() as u64)));
            };
            connection.exchange(&request, take).await
        };
        let ended = tokio::time::timeout_at(begun + patience, exchange).await;
        // What a stream that was cut had shown counts all the same.
        let is_whole = matches!(ended, Ok(Ok(()))) && nanos.len() == pace.frames as usize;
        (nanos, is_whole)
    };
    let ended = futures::future::join_all((0..streams).map(one)).await;
    let took = begun.elapsed();
    let whole = ended.iter().filter(|(_, is_whole)| *is_whole).count();
    let delay = Spread::of(ended.into_iter().flat_map(|(nanos, _)| nanos).collect())?;
    Ok(Streamed { delay, whole, took })
}
