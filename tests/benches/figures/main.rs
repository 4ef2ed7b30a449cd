//! The figures of `docs/performance.md`: `make bench`.
//!
//! `cargo bench -p system-tests --bench figures -- [step …]`; without a step all of them, in this order:
//!
//! | step | measures | needs |
//! |---|---|---|
//! | `data` | nothing: generates `data/bench/pristine` unless it is there | about 2 GB of disk |
//! | `day-all` | Tushare's day while all other sources are fetched | `redis-server` |
//! | `day` | a day's ingest from enqueue to published | `redis-server` |
//! | `serve` | the API | |
//! | `peer` | FastAPI + duckdb on the same file | `benches/peers/setup.sh` |
//! | `features` | features of the whole history | |
//! | `replica` | what rsync moves | `day`, `rsync`, `redis-server` |
//! | `backfill` | whole histories from TDX, from enqueue to readable | `redis-server`, about 4 GB of disk |
//! | `decode` | TDX pages into bars | `benches/peers/setup.sh` |
//!
//! `backfill` takes `--codes=<n>` and `--days=<n>` for a smaller market.
//!
//! Everything runs on two processors, whatever the machine has, the load generator and the simulated vendor included.
//! Every step prints its command, seed and figures and writes `target/figures/<step>.json`.

mod backfill;
mod daemon;
mod data;
mod day;
mod day_all;
mod decode;
mod features;
mod load;
mod machine;
mod peer;
mod place;
mod questions;
mod replica;
mod report;
mod serve;
mod wrk;

use std::{error::Error, str::FromStr};

use anyhow::Context as _;
use place::Place;
use report::Goal;

const STEPS: [&str; 9] = ["data", "day-all", "day", "serve", "peer", "features", "replica", "backfill", "decode"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Test runners start every bench with other arguments; only `cargo bench` asks for figures.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("figures are measured by `make bench`");
        return Ok(());
    }
    let mut wanted: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    if let Some(unknown) = wanted.iter().find(|step| !STEPS.contains(step)) {
        anyhow::bail!("no step {unknown:?}: one of {}", STEPS.join(", "));
    }
    if wanted.is_empty() {
        wanted = STEPS.to_vec();
    }
    let size = backfill::Size { codes: option(&arguments, "--codes=")?, days: option(&arguments, "--days=")? };
    let confined = machine::confine();
    println!("# figures\n\n- machine: {}\n- {confined}", machine::describe());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&wanted, size))
}

fn option<T: FromStr<Err: Error + Send + Sync + 'static>>(
    arguments: &[String],
    name: &str,
) -> anyhow::Result<Option<T>> {
    let given = arguments.iter().find_map(|argument| argument.strip_prefix(name));
    given.map(str::parse).transpose().with_context(|| format!("{name} wants a number"))
}

async fn run(wanted: &[&str], size: backfill::Size) -> anyhow::Result<()> {
    let place = Place::of_this_checkout()?;
    let mut goals: Vec<Goal> = Vec::new();
    for step in wanted {
        let report = match *step {
            "data" => data::run(&place)?,
            "day-all" => day_all::run(&place).await?,
            "day" => day::run(&place).await?,
            "serve" => serve::run(&place).await?,
            "peer" => peer::run(&place).await?,
            "features" => features::run(&place).await?,
            "replica" => replica::run(&place).await?,
            "backfill" => backfill::run(&place, size).await?,
            _ => decode::run(&place).await?,
        };
        goals.extend(report.finish(&place.findings)?);
    }
    report::print_goals(&goals);
    Ok(())
}
