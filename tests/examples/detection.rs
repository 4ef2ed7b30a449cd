//! Measures which rule finds which corruption, and writes the table into `docs/quality-rules.md`.
//!
//! `cargo run --release -p system-tests --example detection -- --seeds 1,2,3`; `--dry-run` prints instead of writing,
//! `--misses` prints what was not found as well.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use system_tests::detection::{Outcome, Size, markdown, run, written_into};

const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 10, 30).expect("a valid date");
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/quality-rules.md");

fn main() -> anyhow::Result<ExitCode> {
    let mut size = Size { codes: 400, last_day: LAST_DAY, years: 10, injections: 100 };
    let (mut seeds, mut dry_run, mut misses) = (Vec::new(), false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = |name: &str| -> anyhow::Result<usize> {
            arguments.next().with_context(|| format!("{name} needs a number"))?.parse().with_context(|| name.to_owned())
        };
        match &*argument {
            "--seeds" => {
                let list = arguments.next().context("--seeds needs numbers, as in 1,2,3")?;
                seeds = list.split(',').map(str::parse).collect::<Result<Vec<u64>, _>>().context("--seeds")?;
            }
            "--codes" => size.codes = number("--codes")?,
            "--injections" => size.injections = number("--injections")?,
            "--dry-run" => dry_run = true,
            "--misses" => misses = true,
            other => bail!("unknown argument {other}: --seeds, --codes, --injections, --dry-run, --misses"),
        }
    }
    if seeds.is_empty() {
        bail!("--seeds is missing: write --seeds 1,2,3");
    }
    let mut outcome = Outcome::default();
    for seed in &seeds {
        outcome.add(run(size, *seed));
        eprintln!("seed {seed} is done");
    }
    let list = seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let section = markdown(size, &seeds, &outcome, &format!("make quality-table SEEDS={list}"));
    if misses {
        outcome.cells.values().flat_map(|cell| &cell.missed).for_each(|missed| eprintln!("missed: {missed}"));
    }
    outcome.false_alarms.iter().take(40).for_each(|alarm| eprintln!("false alarm: {alarm}"));
    if dry_run {
        println!("{section}");
    } else {
        let path = Path::new(DOCUMENT);
        let document = std::fs::read_to_string(path).with_context(|| format!("read {DOCUMENT}"))?;
        let written =
            written_into(&document, &section).with_context(|| format!("{DOCUMENT} has no detection marks"))?;
        std::fs::write(path, written).with_context(|| format!("write {DOCUMENT}"))?;
    }
    let good = outcome.false_alarms.is_empty() && outcome.overall().rate() >= 0.95;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
