//! Readers that look all the time, one in this process and one through `warehouse-api`, and accept nothing but whole
//! generations that follow each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use chrono::NaiveDate;
use market_model::Code;
use serde_json::Value;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use upstream_simulators::Market;
use warehouse::{Reader, ReaderOptions};

use crate::{Daemon, Http, Stage, eventually, present_days};

const EVERY: Duration = Duration::from_millis(20);

/// Readers at work. [`Readers::stop`] ends them and says what they saw; a panic of theirs is the test's.
pub struct Readers {
    task: JoinHandle<BTreeSet<u64>>,
    stop: watch::Sender<bool>,
    looks: watch::Receiver<u64>,
}

impl Readers {
    /// Starts looking at what `stage` publishes and at what `api` answers.
    pub fn start(stage: &Stage, api: &Daemon) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (look, looks) = watch::channel(0);
        let mut direct = Direct::new(stage);
        let mut remote = Remote::new(stage, api);
        let task = tokio::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while !*stopped.borrow() {
                ticks.tick().await;
                direct = tokio::task::spawn_blocking(move || direct.look()).await.unwrap();
                remote.look().await;
                look.send_modify(|looks| *looks += 1);
            }
            direct.seen.extend(remote.seen.keys());
            direct.seen
        });
        Self { task, stop, looks }
    }

    /// Waits until everything has been looked at anew since now.
    ///
    /// # Panics
    /// If a reader panicked.
    pub async fn look_again(&self) {
        let enough = *self.looks.borrow() + 3;
        eventually("the readers look again", async || {
            assert!(!self.task.is_finished(), "a reader has panicked");
            (*self.looks.borrow() >= enough).then_some(())
        })
        .await;
    }

    /// Ends them; the numbers of the generations they saw.
    pub async fn stop(self) -> BTreeSet<u64> {
        self.look_again().await;
        self.stop.send_replace(true);
        self.task.await.unwrap()
    }
}

/// A reader in this process that verifies every generation down to its bytes.
struct Direct {
    reader: Reader,
    published: PathBuf,
    market: Arc<Market>,
    days: BTreeSet<NaiveDate>,
    seen: BTreeSet<u64>,
}

impl Direct {
    fn new(stage: &Stage) -> Self {
        let options = ReaderOptions { memory_limit_mb: 64, connections: 1, ..ReaderOptions::default() };
        let reader = Reader::open(stage.published(), options).unwrap();
        let market = stage.market.clone();
        Self { reader, published: stage.published(), market, days: BTreeSet::new(), seen: BTreeSet::new() }
    }

    fn look(mut self) -> Self {
        self.reader.refresh().unwrap();
        let Some(generation) = self.reader.current() else { return self };
        let (number, last) = (generation.number(), self.seen.last().copied().unwrap_or(0));
        assert!(number >= last, "generation {number} after {last}");
        if self.seen.insert(number) {
            let report = warehouse::verify(&self.published, Some(number)).unwrap();
            assert!(report.is_whole(), "generation {number}: {:?}", report.problems);
            let days = present_days(&generation, &self.market);
            assert!(days.is_superset(&self.days), "generation {number} lost days of {last}");
            self.days = days;
        }
        self
    }
}

/// A client of `warehouse-api` that compares its answers with the market and with each other.
struct Remote {
    http: Http,
    market: Arc<Market>,
    codes: Vec<Code>,
    turn: usize,
    /// The days of each generation that answered, as far as the codes asked for trade on them.
    seen: BTreeMap<u64, BTreeMap<NaiveDate, bool>>,
}

impl Remote {
    fn new(stage: &Stage, api: &Daemon) -> Self {
        let market = stage.market.clone();
        let (_, last) = market.range();
        let codes = market.expected_codes(last);
        Self { http: Http::new(&api.url), market, codes, turn: 0, seen: BTreeMap::new() }
    }

    async fn look(&mut self) {
        self.turn += 1;
        let code = self.codes[self.turn % self.codes.len()];
        let (first, last) = self.market.range();
        let path = format!("/warehouse/daily?code={code}&start={first}&end={last}&adjust=none");
        let (status, answer) = self.http.get(&path).await;
        if status == 503 && self.seen.is_empty() {
            assert!(answer.to_string().contains("no-generation-yet"), "{answer}");
            return;
        }
        assert_eq!(status, 200, "{answer}");
        let number = answer["generation"].as_u64().unwrap();
        let newest = self.seen.keys().next_back().copied().unwrap_or(0);
        assert!(number >= newest, "the API went back from generation {newest} to {number}");
        let days = self.compare(&code, answer["rows"].as_array().unwrap());
        let known = self.seen.entry(number).or_default();
        for day in self.market.trading_days().iter().filter(|day| self.market.bar(&code, **day).is_some()) {
            let present = days.contains(day);
            let before = *known.entry(*day).or_insert(present);
            assert_eq!(before, present, "generation {number} answers {day} for some codes only, not for {code}");
        }
    }

    /// The days of the rows, each of which must be the market's.
    fn compare(&self, code: &Code, rows: &[Value]) -> BTreeSet<NaiveDate> {
        let mut days = BTreeSet::new();
        for row in rows {
            let day: NaiveDate = row["trade_date"].as_str().unwrap().parse().unwrap();
            let bar = self.market.bar(code, day).unwrap_or_else(|| panic!("no bar of {code}: {row}"));
            assert_eq!(row["close"].as_f64(), Some(bar.close), "{code}: {row}");
            assert_eq!(row["volume"].as_i64(), Some(bar.volume), "{code}: {row}");
            assert!(days.insert(day), "{code} has {day} twice");
        }
        days
    }
}
