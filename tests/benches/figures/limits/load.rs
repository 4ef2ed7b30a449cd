//! Callers that ask all the while, and count what goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::Context as _;
use daemon_kit::http;
use reqwest::{Client, RequestBuilder};
use tokio::time::{Instant, MissedTickBehavior};

/// The request with a number.
pub(super) type Ask = Box<dyn Fn(&Client, u64) -> RequestBuilder + Send + Sync>;

/// What some callers ask: the request with a number, counted over all of them.
pub(super) struct Callers {
    pub(super) name: &'static str,
    pub(super) callers: usize,
    /// Between one caller's questions, at least; never zero.
    pub(super) every: Duration,
    pub(super) ask: Ask,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub(super) name: &'static str,
    pub(super) answers: u64,
    /// Answers of another status than 200, and requests without an answer to its end.
    pub(super) failed: u64,
    pub(super) first_failure: Option<String>,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

/// Load on a thread of its own, until it is stopped.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Vec<Counted>>>,
}

impl Load {
    /// Starts the callers.
    ///
    /// # Errors
    /// When there can be no further thread.
    pub(super) fn start(groups: Vec<Callers>) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let until = stop.clone();
        let thread = std::thread::Builder::new().name("load".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let asked = groups.into_iter().map(|group| run(group, until.clone()));
                futures::future::try_join_all(asked).await
            })
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it after the answers that are under way.
    ///
    /// # Errors
    /// When the load itself failed, which is not when an answer did.
    pub(super) async fn stop(self) -> anyhow::Result<Vec<Counted>> {
        self.stop.store(true, Ordering::Relaxed);
        // This thread goes on answering: the simulated world lives on it.
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await?;
        ended.map_err(|_| anyhow::anyhow!("the load panicked"))?
    }
}

async fn run(group: Callers, stop: Arc<AtomicBool>) -> anyhow::Result<Counted> {
    let client = http::client(&http::ClientOptions::default()).context("make a client")?;
    let number = AtomicU64::new(0);
    let one = async || {
        let (mut millis, mut failures) = (Vec::new(), Vec::new());
        let mut turns = tokio::time::interval(group.every);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stop.load(Ordering::Relaxed) {
            turns.tick().await;
            let request = (group.ask)(&client, number.fetch_add(1, Ordering::Relaxed));
            let asked = Instant::now();
            match answer(request).await {
                Ok(()) => millis.push(asked.elapsed().as_secs_f64() * 1e3),
                Err(error) => failures.push(format!("{error:#}")),
            }
        }
        (millis, failures)
    };
    let ended = futures::future::join_all((0..group.callers).map(|_| one())).await;
    let (millis, failures): (Vec<_>, Vec<_>) = ended.into_iter().unzip();
    let (mut millis, failures) = (millis.concat(), failures.concat());
    millis.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| millis.get((millis.len().saturating_sub(1) as f64 * part) as usize).copied();
    Ok(Counted {
        name: group.name,
        answers: millis.len() as u64,
        failed: failures.len() as u64,
        first_failure: failures.into_iter().next(),
        p50_ms: at(0.5).unwrap_or_default(),
        p99_ms: at(0.99).unwrap_or_default(),
        max_ms: at(1.0).unwrap_or_default(),
    })
}

async fn answer(request: RequestBuilder) -> anyhow::Result<()> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
    anyhow::ensure!(status == 200, "{status}: {shown}");
    Ok(())
}
