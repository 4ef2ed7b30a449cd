//! `twilight replica status`.

use anyhow::Context as _;
use daemon_kit::config::Config;
use serde::Serialize;
use warehouse::ReplicaFile;

use crate::{
    replica::{self, Options, place::Place},
    table::{Output, instant, table},
};

/// A replica as `status` shows it.
#[derive(Serialize)]
struct Shown {
    /// Where it is.
    place: String,
    /// The generation that its readers are sent to.
    generation: Option<u64>,
    /// The newest generation here, where this host is the source.
    newest_here: Option<u64>,
    /// Seconds since it was found up to date.
    age_seconds: Option<i64>,
    /// Whether a transfer is under way.
    is_busy: bool,
    /// What it says of itself.
    replica: Option<ReplicaFile>,
}

/// # Errors
/// When this host neither is a replica nor pushes to one, or that one cannot be asked.
pub(super) fn run(config: &Config, options: &Options<'_>, output: Output) -> anyhow::Result<()> {
    let published = config.warehouse().published();
    let mut shown = Vec::new();
    if warehouse::read_replica(&published)?.is_some() {
        shown.push(ask(&Place::Folder(config.warehouse().root.clone()), None, options)?);
    }
    if let Some(target) = &config.replica().target {
        let place: Place = target.parse().map_err(anyhow::Error::msg).context("replica.target")?;
        let newest = warehouse::list_generations(&published)?.into_iter().find(|generation| generation.is_current);
        shown.push(ask(&place, newest.map(|generation| generation.number), options)?);
    }
    anyhow::ensure!(
        !shown.is_empty(),
        "{} is no replica yet (nothing was ever copied here), and there is no replica.target",
        published.display()
    );
    output.print(&shown, |shown| {
        let head = ["replica", "generation", "age", "synced (Shanghai)", "verified (Shanghai)", "from", "last drill"];
        table(head, shown.iter().map(row))
    })
}

fn ask(place: &Place, newest_here: Option<u64>, options: &Options<'_>) -> anyhow::Result<Shown> {
    let standing = replica::ask_target(place, options).with_context(|| format!("ask {place}"))?;
    Ok(Shown {
        place: place.to_string(),
        generation: standing.generation,
        newest_here,
        age_seconds: standing.age_seconds,
        is_busy: standing.is_busy,
        replica: standing.replica,
    })
}

fn row(shown: &Shown) -> [String; 7] {
    let none = || "-".to_owned();
    let replica = shown.replica.as_ref();
    let generation = shown.generation.map_or_else(none, |number| number.to_string());
    let behind = match (shown.newest_here, shown.generation) {
        (Some(newest), Some(theirs)) if newest > theirs => format!(" ({newest} here)"),
        _ => String::new(),
    };
    let busy = if shown.is_busy { ", being changed" } else { "" };
    let drill = replica.and_then(|replica| replica.last_drill.as_ref());
    [
        format!("{}{busy}", shown.place),
        generation + &behind,
        shown.age_seconds.map_or_else(none, age),
        instant(replica.and_then(|replica| replica.synced_at)),
        instant(replica.and_then(|replica| replica.verified_at)),
        replica.map_or_else(none, |replica| replica.from.clone()),
        drill.map_or_else(none, |drill| {
            format!("{} {}", instant(Some(drill.at)), if drill.passed { "passed" } else { "failed" })
        }),
    ]
}

fn age(seconds: i64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours > 0 { format!("{hours} h {minutes} min") } else { format!("{minutes} min {} s", seconds % 60) }
}
