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
//! | `check` | every quality rule over a day and over everything | `redis-server`, `benches/peers/setup.sh` |
//! | `gateway` | gateway-proxy beside nginx, LiteLLM and Portkey | `redis-server`, `wrk`, `nginx`, `benches/peers/setup.sh` |
//! | `search` | the gateway's web search from its cache, and the cache full | `redis-server` |
//! | `console` | sizes and times of the operators' pages | `data`, `redis-server`, `git` |
//! | `limits` | five daemons and two Redis under the limits of `docker-compose.yml`, through a day and a month's end | root, memory cgroups, `redis-server`, `git`, 6 GB of disk |
//!
//! `backfill` takes `--codes=<n>` and `--days=<n>` for a smaller market.
//!
//! Everything runs on two processors, whatever the machine has, the load generator and the simulated vendor included; but
//! `gateway` and `limits` keep them apart, on two processors of their own.
//! Every step prints its command, seed and figures and writes `target/figures/<step>.json`.

mod backfill;
mod check;
mod console;
mod daemon;
mod data;
mod day;
mod day_all;
mod decode;
mod features;
mod gateway;
mod limits;
mod load;
mod machine;
mod peer;
mod place;
mod questions;
mod replica;
mod report;
mod search;
mod serve;
mod steps;
mod wrk;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Test runners start every bench with other arguments; only `cargo bench` asks for figures.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("figures are measured by `make bench`");
        return Ok(());
    }
    steps::measure(&arguments)
}
