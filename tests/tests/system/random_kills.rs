//! `kill -9` at random moments of a long ingest: the state of an undisturbed run in the end, and no job lost.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use system_tests::{Daemon, Readers, Stage, eventually, market};
use warehouse::list_generations;

const DAYS: usize = if cfg!(feature = "soak") { 120 } else { 40 };
const KILLS: usize = if cfg!(feature = "soak") { 100 } else { 25 };
const SEEDS: &[u64] = if cfg!(feature = "soak") { &[1, 2, 3] } else { &[1] };

/// What a worker is killed after: always something that happens, never a time.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many calls to the vendor since the worker started.
    Calls(usize),
    /// So many generations published since.
    Generations(usize),
    /// A transaction has begun to reach the disk.
    LogGrows,
    /// The published copy of the tail has begun to reach the disk.
    CopyBegins,
}

impl Moment {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        match random.random_range(0..8) {
            0 | 1 => Self::LogGrows,
            2 | 3 => Self::CopyBegins,
            4 => Self::Generations(random.random_range(1..4)),
            _ => Self::Calls(random.random_range(1..40)),
        }
    }

    /// Whether it has come; `calls` and `generations` are counted since the worker started.
    fn has_come(self, stage: &Stage, calls: usize, generations: usize) -> bool {
        match self {
            Self::Calls(wanted) => calls >= wanted,
            Self::Generations(wanted) => generations >= wanted,
            Self::LogGrows => stage.root().join("tail.duckdb.wal").metadata().is_ok_and(|file| file.len() > 0),
            Self::CopyBegins => std::fs::read_dir(stage.published())
                .is_ok_and(|names| names.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"))),
        }
    }
}

/// Kills the worker at the moment, or once all is done; whether there was still work.
async fn kill_at(stage: &Stage, worker: Daemon, moment: Moment) -> bool {
    let (calls, generations) = (stage.vendors.tushare.calls().total(), current(stage));
    let mut looks = 0_u32;
    let working = eventually(&format!("{moment:?}"), async || {
        if moment.has_come(stage, stage.vendors.tushare.calls().total() - calls, current(stage) - generations) {
            return Some(true);
        }
        looks += 1;
        // Redis is asked now and then only, so that short moments are not missed.
        (looks.is_multiple_of(20) && all_done(stage).await).then_some(false)
    })
    .await;
    worker.kill();
    working
}

async fn all_done(stage: &Stage) -> bool {
    let stats = stage.queue.stats().await.unwrap();
    assert_eq!(stats.dead, 0);
    stats.done == DAYS as u64
}

/// The number of the current generation, which only grows.
fn current(stage: &Stage) -> usize {
    let generations = list_generations(&stage.published()).unwrap();
    generations.iter().find(|generation| generation.is_current).map_or(0, |generation| generation.number as usize)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_lose_no_job_and_change_nothing_in_the_end() {
    let market = market(20, DAYS as u64);
    let calm = Stage::new(&market).await;
    let worker = calm.worker().await;
    calm.done(&calm.ask_for(&calm.days(DAYS)).await).await;
    worker.stop().await;
    let undisturbed = calm.published_hash().await;

    for seed in SEEDS {
        println!("seed {seed}");
        let mut random = ChaCha8Rng::seed_from_u64(*seed);
        let stage = Stage::new(&market).await;
        let api = stage.api().await;
        let readers = Readers::start(&stage, &api);
        let jobs = stage.ask_for(&stage.days(DAYS)).await;
        let mut kills = 0;
        let mut more = true;
        while more && kills < KILLS {
            let moment = Moment::draw(&mut random);
            more = kill_at(&stage, stage.worker().await, moment).await;
            kills += 1;
            println!("kill {kills} at {moment:?}, generation {}", current(&stage));
        }
        assert!(kills >= 10, "the ingest was over after {kills} kills: nothing is shown");

        let worker = stage.worker().await;
        stage.done(&jobs).await;
        worker.stop().await;
        readers.stop().await;
        api.stop().await;
        assert_eq!(stage.published_hash().await, undisturbed, "seed {seed}");
    }
}
