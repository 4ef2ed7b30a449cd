//! Everybody in turn, round after round.

use std::{net::SocketAddr, path::Path, time::Duration};

use tokio::process::Command;

use super::{
    load::{self, Spread, Streamed},
    stamped::{Pace, Stamped},
    subject::Subject,
};
use crate::wrk;

const ROUNDS: usize = 5;
const ONE_CLIENT: Duration = Duration::from_secs(2);
const MANY_CLIENTS: Duration = Duration::from_secs(2);
/// Clients at the same time, where there is more than one.
pub(super) const MANY: usize = 64;
const FIRST_TOKENS: Duration = Duration::from_secs(2);
const WRK_SECONDS: u32 = 4;

/// One stream at a time, for what a frame takes on its way.
const ONE_STREAM: Pace = Pace { frames: 300, interval: Duration::from_millis(5) };
/// And many.
pub(super) const STREAMS: u32 = 512;
pub(super) const MANY_STREAMS: Pace = Pace { frames: 50, interval: Duration::from_millis(100) };
const STREAM_ROUNDS: usize = 3;
/// How long all of them may take together; they need six seconds.
const STREAMS_PATIENCE: Duration = Duration::from_secs(30);

/// The best of all rounds for one subject.
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) stands_between: bool,
    pub(super) one: Spread,
    pub(super) many: Spread,
    pub(super) first_token: Spread,
    pub(super) per_second: Option<f64>,
    /// Processor time of a request at the highest rate, µs, by all its processes together.
    pub(super) processor_us: Option<f64>,
    pub(super) frame: Option<Spread>,
    pub(super) streamed: Option<Streamed>,
    pub(super) idle_mb: f64,
    pub(super) peak_mb: f64,
}

/// Latencies, first tokens and rates.
///
/// # Errors
/// When somebody refuses an answer.
pub(super) async fn whole_answers(subjects: &[Subject], script: &Path) -> anyhow::Result<Vec<Found>> {
    let mut all: Vec<Found> = Vec::new();
    for round in 1..=ROUNDS {
        for (place, subject) in subjects.iter().enumerate() {
            eprintln!("gateway: round {round} of {ROUNDS}, {}", subject.name);
            let now = round_of(subject, script).await?;
            match all.get_mut(place) {
                Some(best) => best.join(&now),
                None => all.push(now),
            }
        }
    }
    Ok(all)
}

async fn round_of(subject: &Subject, script: &Path) -> anyhow::Result<Found> {
    let one = load::answers(subject, 1, ONE_CLIENT).await?;
    let first_token = load::first_tokens(subject, FIRST_TOKENS).await?;
    let many = load::answers(subject, MANY, MANY_CLIENTS).await?;
    let (begun, mut command) = (subject.processor_time()?, Command::new("wrk"));
    command.args(["-t2", &format!("-c{MANY}"), &format!("-d{WRK_SECONDS}s"), "--timeout", "10s", "-s"]);
    command.arg(script).arg(format!("http://{}", subject.address)).env("HEADERS", &subject.headers);
    let rate = wrk::run(command).await?;
    let spent = subject.processor_time()?.saturating_sub(begun);
    let processor_us = rate.as_ref().filter(|_| subject.stands_between()).map(|rate| {
        let requests = rate.per_second * f64::from(WRK_SECONDS);
        spent.as_secs_f64() * 1e6 / requests
    });
    Ok(Found {
        name: subject.name,
        stands_between: subject.stands_between(),
        one,
        many,
        first_token,
        per_second: rate.map(|rate| rate.per_second),
        processor_us,
        frame: None,
        streamed: None,
        idle_mb: subject.idle_mb,
        peak_mb: 0.0,
    })
}

impl Found {
    fn join(&mut self, other: &Self) {
        self.one = self.one.least(other.one);
        self.many = self.many.least(other.many);
        self.first_token = self.first_token.least(other.first_token);
        let both = self.per_second.zip(other.per_second);
        self.per_second = both.map(|(one, other)| one.max(other)).or(self.per_second);
        let both = self.processor_us.zip(other.processor_us);
        self.processor_us = both.map(|(one, other)| one.min(other)).or(self.processor_us);
    }
}

/// What frames take on their way, of one stream and of many at the same time. The provider of before is gone; another
/// one answers at its address.
///
/// # Errors
/// When the address is taken, or nothing comes through at all.
pub(super) async fn streams(subjects: &[Subject], provider: SocketAddr, all: &mut [Found]) -> anyhow::Result<()> {
    let stamped = Stamped::start(provider).await?;
    for round in 1..=STREAM_ROUNDS {
        for (subject, found) in subjects.iter().zip(&mut *all) {
            eprintln!("gateway: streams, round {round} of {STREAM_ROUNDS}, {}", subject.name);
            let one = load::streams(subject, &stamped, 1, ONE_STREAM, STREAMS_PATIENCE).await?;
            let many = load::streams(subject, &stamped, STREAMS, MANY_STREAMS, STREAMS_PATIENCE).await?;
            found.frame = Some(found.frame.map_or(one.delay, |best| best.least(one.delay)));
            let is_better =
                found.streamed.is_none_or(|best| (many.whole, best.delay.p99) > (best.whole, many.delay.p99));
            if is_better {
                found.streamed = Some(many);
            }
        }
    }
    Ok(())
}
