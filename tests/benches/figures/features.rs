//! `features`: the features of the whole history, through the path that a backfill takes: series file, reader, kernels.

use std::sync::Arc;

use anyhow::Context as _;
use chrono::NaiveDate;
use market_features::Features;
use market_model::Code;
use tokio::{process::Command, time::Instant};
use warehouse::Generation;

use crate::{
    machine,
    place::Place,
    report::{Report, Table, short},
    serve,
};

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("features");
    let (generation, _) = serve::open(place)?;
    report.fact("command", "Generation::bars of every code, hfq closes, market_features::compute_all");
    report.fact("load average before", machine::load_average());
    let codes = generation.codes_with_bars();
    let mut table = Table::new("Every feature of every day of every code", ["path", "threads", "rows", "s", "rows/s"]);
    // The first pass reads every block from disk or page cache and checks its hash, once per process.
    for (name, threads) in [("first pass: blocks checked too", 1), ("read and compute", 1), ("read and compute", 2)] {
        let begun = Instant::now();
        let rows = compute(&generation, &codes, threads)?;
        add(&mut table, name, threads, rows, begun.elapsed().as_secs_f64());
    }
    let closes = all_closes(&generation, &codes)?;
    let begun = Instant::now();
    let rows = kernels(&closes);
    add(&mut table, "kernels alone", 1, rows, begun.elapsed().as_secs_f64());
    drop(closes);
    peer(place, &generation, &mut table).await?;
    report.table(table);
    report.fact("load average after", machine::load_average());
    Ok(report)
}

fn add(table: &mut Table, name: &str, threads: usize, rows: usize, seconds: f64) {
    let rate = short(rows as f64 / seconds);
    table.row([name.to_owned(), threads.to_string(), short(rows as f64), format!("{seconds:.2}"), rate]);
}

fn compute(generation: &Arc<Generation>, codes: &[Code], threads: usize) -> anyhow::Result<usize> {
    let part = codes.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let workers: Vec<_> = codes.chunks(part).map(|codes| scope.spawn(|| compute_some(generation, codes))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker panicked"))?);
        joined.sum()
    })
}

fn compute_some(generation: &Generation, codes: &[Code]) -> anyhow::Result<usize> {
    let (mut bars, mut closes, mut features) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows = 0;
    for code in codes {
        bars.clear();
        generation.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars)?;
        closes.clear();
        closes.extend(bars.iter().map(|bar| bar.close * bar.factor));
        market_features::compute_all(&closes, &mut features);
        rows += std::hint::black_box(&features).len();
    }
    Ok(rows)
}

fn all_closes(generation: &Generation, codes: &[Code]) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut bars = Vec::new();
    let closes = codes.iter().map(|code| {
        bars.clear();
        generation.bars(code, NaiveDate::MIN, NaiveDate::MAX, &mut bars)?;
        Ok(bars.iter().map(|bar| bar.close * bar.factor).collect())
    });
    closes.collect()
}

fn kernels(closes: &[Vec<f64>]) -> usize {
    let mut features: Vec<Features> = Vec::new();
    closes
        .iter()
        .map(|closes| {
            market_features::compute_all(closes, &mut features);
            std::hint::black_box(&features).len()
        })
        .sum()
}

/// The same features by SQL windows of DuckDB on the same base, in Python.
async fn peer(place: &Place, generation: &Generation, table: &mut Table) -> anyhow::Result<()> {
    let python = place.peers().join("venv/bin/python");
    let base = generation.manifest().base.as_ref().context("the generation has no base")?;
    if !python.exists() {
        return Ok(());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/peers/features_duckdb.py");
    for threads in [1, 2] {
        let output = Command::new(&python)
            .arg(script)
            .arg(place.served().join(&base.database.name))
            .arg(threads.to_string())
            .output()
            .await
            .context("run the peer")?;
        anyhow::ensure!(output.status.success(), "the peer: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (rows, seconds) = text.trim().split_once(' ').context("the peer printed no figures")?;
        add(table, "peer: SQL windows of duckdb (Python)", threads, rows.parse()?, seconds.parse()?);
    }
    Ok(())
}
