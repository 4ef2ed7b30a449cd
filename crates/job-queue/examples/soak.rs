//! Many jobs under random `kill -9` and SIGTERM of two worker processes and restarts of Redis: none may be lost.
//!
//! ```sh
//! cargo run -p job-queue --example soak -- [jobs] [worker ends] [redis restarts] [seed]     # 2000 20 4 and a random seed
//! ```
//!
//! Prints the seed, and at the end how many jobs were done, how many ran more than once, and how long it took.

use std::{
    hash::{BuildHasher, RandomState},
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use job_queue::{
    Backoff, Broker, BrokerOptions, JobContext, JobError, JobState, Push, Queue, WorkerOptions, Workers,
    WorkersOptions, private_redis::RedisServer,
};
use redis::{
    AsyncCommands,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Everything must be over by then.
const DEADLINE: Duration = Duration::from_secs(900);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    take_ms: u64,
    fail_times: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, url] = arguments.as_slice()
        && mode == "worker"
    {
        work(url).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Ok(default), |text| text.parse()).context("read the numbers")
    };
    let (jobs, ends, restarts) = (number(0, 2000)?, number(1, 20)?, number(2, 4)?);
    let seed = number(3, RandomState::new().hash_one(0) % 1_000_000)?;
    println!("soak: {jobs} jobs, {ends} worker ends, {restarts} redis restarts, seed {seed}");
    soak(jobs, ends, restarts, Chance(seed | 1)).await?;
    Ok(ExitCode::SUCCESS)
}

/// The worker process.
async fn work(url: &str) -> anyhow::Result<()> {
    let queue: Queue<Work> = Queue::new(&Broker::connect(url)?, "soak")?;
    let effects = ConnectionManager::new_lazy_with_config(redis::Client::open(url)?, ConnectionManagerConfig::new())?;
    let mut workers = Workers::with_options(WorkersOptions {
        poll: Duration::from_millis(20),
        promote: Duration::from_millis(20),
        heartbeat: Duration::from_millis(400),
        missed_heartbeats: 5,
        grace: Duration::from_secs(2),
        ..WorkersOptions::default()
    });
    let options = WorkerOptions {
        concurrency: 4,
        timeout: Duration::from_secs(10),
        max_attempts: 100,
        max_crashes: 100,
        backoff: Backoff { base: Duration::from_millis(20), max: Duration::from_millis(500), jitter: 0.5 },
    };
    workers.mount(&queue, options, move |work: Work, context: JobContext| {
        let mut effects = effects.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(work.take_ms)).await;
            if context.attempt <= work.fail_times {
                return Err(JobError::retry("on purpose"));
            }
            effects.hincr::<_, _, _, ()>("effects", &context.id, 1).await?;
            Ok(())
        }
    });
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let shutdown = async move {
        term.recv().await;
    };
    workers.run(shutdown).await;
    Ok(())
}

async fn soak(jobs: u64, ends: u64, restarts: u64, mut chance: Chance) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut redis = RedisServer::start().await.context("start redis")?;
    let patience = BrokerOptions { patience: Duration::from_secs(30), ..BrokerOptions::default() };
    let queue: Queue<Work> = Queue::new(&Broker::with_options(&redis.url(), patience)?, "soak")?;
    let mut workers = [start_worker(&redis)?, start_worker(&redis)?];
    let plan: Vec<(String, Duration, Work)> = (0..jobs)
        .map(|n| {
            let delay = Duration::from_millis(if chance.below(4) == 0 { chance.below(3000) } else { 0 });
            let fail_times = u32::from(chance.below(10) == 0) + u32::from(chance.below(50) == 0);
            (format!("job-{n}"), delay, Work { take_ms: chance.below(40), fail_times })
        })
        .collect();
    let producer = tokio::spawn({
        let queue = queue.clone();
        async move {
            for (id, delay, work) in plan {
                queue.push(Push::id(&id).delay(delay), &work).await?;
            }
            Ok::<_, job_queue::QueueError>(())
        }
    });

    let mut faults: Vec<bool> = (0..ends + restarts).map(|n| n < ends).collect();
    for at in (1..faults.len()).rev() {
        faults.swap(at, usize::try_from(chance.below(at as u64 + 1))?);
    }
    for (done, is_worker) in faults.iter().enumerate() {
        // Spread over the work, not over time: the next fault comes once its share of the jobs is done.
        let share = jobs * (done as u64 + 1) / (faults.len() as u64 + 2);
        reach(&queue, share, began).await?;
        if *is_worker {
            let index = usize::try_from(chance.below(2))?;
            end_worker(&mut workers[index], chance.below(3) == 0)?;
            workers[index] = start_worker(&redis)?;
        } else {
            if chance.below(2) == 0 {
                redis.kill()?
            } else {
                redis.stop()?
            }
            redis.start_again().await?;
        }
    }
    producer.await?.context("push")?;
    reach(&queue, jobs, began).await?;
    report(&redis, &queue, jobs, began).await
}

async fn reach(queue: &Queue<Work>, done: u64, began: Instant) -> anyhow::Result<()> {
    loop {
        let stats = queue.stats().await;
        match &stats {
            Ok(stats) if stats.done >= done => return Ok(()),
            Ok(stats) if stats.dead > 0 => bail!("dead letters: {:?}", queue.list(JobState::Dead, 0, 5).await?),
            _ => {}
        }
        ensure!(began.elapsed() < DEADLINE, "stuck before {done} done: {stats:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn report(redis: &RedisServer, queue: &Queue<Work>, jobs: u64, began: Instant) -> anyhow::Result<()> {
    let mut connection = redis::Client::open(redis.url())?.get_multiplexed_async_connection().await?;
    let effects: Vec<u64> = connection.hvals("effects").await?;
    let twice = effects.iter().filter(|count| **count > 1).count();
    let stats = queue.stats().await?;
    println!(
        "{} of {jobs} done, {} with their effect, {twice} ran more than once, {} dead, in {:.1} s",
        stats.done,
        effects.len(),
        stats.dead,
        began.elapsed().as_secs_f64()
    );
    ensure!(stats.done == jobs && effects.len() as u64 == jobs && stats.dead == 0, "jobs were lost");
    Ok(())
}

fn start_worker(redis: &RedisServer) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["worker", &redis.url()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("start a worker")
}

fn end_worker(worker: &mut Child, orderly: bool) -> anyhow::Result<()> {
    if orderly && let Some(pid) = Pid::from_raw(i32::try_from(worker.id())?) {
        kill_process(pid, Signal::TERM)?;
    } else {
        worker.kill()?;
    }
    worker.wait().context("wait for the worker")?;
    Ok(())
}

/// A small generator (xorshift64*): the same seed gives the same plan.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}
