//! Which figures are wanted, and their measuring one after the other.

use std::{error::Error, str::FromStr};

use anyhow::Context as _;

use crate::{
    backfill, check, console, data, day, day_all, decode, features, gateway, limits, machine, peer,
    place::Place,
    replica,
    report::{self, Goal},
    search, serve,
};

const STEPS: [&str; 14] = [
    "data", "day-all", "day", "serve", "peer", "features", "replica", "backfill", "decode", "check", "gateway",
    "search", "console", "limits",
];

/// Measures the steps that `arguments` name; all without one.
pub(crate) fn measure(arguments: &[String]) -> anyhow::Result<()> {
    let mut wanted: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| !word.starts_with("--")).collect();
    if let Some(unknown) = wanted.iter().find(|step| !STEPS.contains(step)) {
        anyhow::bail!("no step {unknown:?}: one of {}", STEPS.join(", "));
    }
    if wanted.is_empty() {
        wanted = STEPS.to_vec();
    }
    let size = backfill::Size { codes: option(arguments, "--codes=")?, days: option(arguments, "--days=")? };
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
            "check" => check::run(&place).await?,
            "gateway" => gateway::run(&place).await?,
            "search" => search::run(&place).await?,
            "console" => console::run(&place).await?,
            "limits" => limits::run(&place).await?,
            _ => decode::run(&place).await?,
        };
        goals.extend(report.finish(&place.findings)?);
    }
    report::print_goals(&goals);
    Ok(())
}
