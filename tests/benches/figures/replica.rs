//! `replica`: what rsync moves from one generation to the next, on ordinary days and on a day of compaction.

use std::path::Path;

use anyhow::Context as _;
use job_queue::{
    Broker, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
    private_redis::RedisServer,
};
use tokio::{process::Command, time::Instant};
use warehouse::manifest::{FileRef, Manifest};

use crate::{
    daemon::Daemon,
    day, machine,
    place::{self, Place},
    report::{Report, Table, short},
};

/// A new name is compared with the most similar one that the replica has: yesterday's tail, the last base.
const RSYNC: [&str; 5] = ["-a", "--no-whole-file", "--fuzzy", "--compress", "--stats"];

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("replica");
    report.fact("command", format!("rsync {} generation/ replica/", RSYNC.join(" ")));
    let published = place.run().join("published");
    anyhow::ensure!(published.join("CURRENT").exists(), "no days ingested yet: run the step `day` first");
    if Command::new("rsync").arg("--version").output().await.is_err() {
        report.fact("skipped", "rsync is not installed");
        return Ok(report);
    }
    place::empty(&place.replica())?;
    report.fact("load average before", machine::load_average());
    let mut table = Table::new(
        "From one generation to the next",
        ["generation", "last day", "files of it, MB", "moved, MB", "literal, MB", "s"],
    );
    let mut of_days = Vec::new();
    let mut before: Option<Manifest> = None;
    for manifest in day::manifests(&published)? {
        let moved = push(place, &manifest).await?;
        add(&mut table, &manifest, if before.is_none() { "first push: " } else { "" }, &moved);
        if let Some(before) = before {
            of_days.push(moved.megabytes);
            // A replica keeps three generations; of two that differ by a day the last one alone is as good a start.
            std::fs::remove_file(place.replica().join(before.tail.name))?;
        }
        before = Some(manifest);
    }
    let mean = of_days.iter().sum::<f64>() / of_days.len().max(1) as f64;
    let most = of_days.iter().copied().fold(0.0, f64::max);
    report.below("rsync moves for one day, mean of a month", mean, 5.0, "MB");
    report.below("rsync moves for one day, the most of a month", most, 5.0, "MB");
    compact(place, &mut report).await?;
    let manifest = day::manifests(&published)?.pop().context("no generation")?;
    let moved = push(place, &manifest).await?;
    add(&mut table, &manifest, "after compaction: ", &moved);
    report.table(table);
    std::fs::remove_dir_all(place.replica())?;
    report.fact("load average after", machine::load_average());
    Ok(report)
}

/// Builds the next base through the real worker.
async fn compact(place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let redis = RedisServer::start().await.context("start redis-server")?;
    let folder = place.logs()?;
    let config = folder.join("compact.toml");
    let published = place.run().join("published");
    std::fs::write(&config, place::configuration(&place.run(), &published, &redis.url(), "http://127.0.0.1:1"))?;
    let (worker, _) = Daemon::start("ingest-worker", &config, &folder).await?;
    let queue: Queue<IngestJob> = Queue::new(&Broker::connect(&redis.url())?, INGEST)?;
    let id = "compact@figures";
    let begun = Instant::now();
    queue.push(Push::id(id), &IngestJob::Compact).await?;
    day::wait_until_done(&queue, id, &worker).await?;
    report.fact("compaction, from enqueue to done", format!("{:.1} s", begun.elapsed().as_secs_f64()));
    report.fact("memory of ingest-worker with a compaction", worker.memory()?.to_string());
    worker.stop().await
}

struct Moved {
    files_mb: f64,
    megabytes: f64,
    literal_mb: f64,
    seconds: f64,
}

/// Sends the files of one generation, as a push would, into the folder that already has the generations before.
async fn push(place: &Place, manifest: &Manifest) -> anyhow::Result<Moved> {
    let published = place.run().join("published");
    let staging = place.run().join("staging");
    place::empty(&staging)?;
    let base = manifest.base.iter().flat_map(|base| [&base.database, &base.series]);
    for FileRef { name, .. } in base.chain([&manifest.tail]) {
        std::fs::hard_link(published.join(name), staging.join(name)).with_context(|| format!("link {name}"))?;
    }
    let own_name = format!("gen-{:06}.json", manifest.generation);
    std::fs::hard_link(published.join(&own_name), staging.join(&own_name))?;
    let begun = Instant::now();
    let output = Command::new("rsync")
        .args(RSYNC)
        .arg(format!("{}/", staging.display()))
        .arg(format!("{}/", place.replica().display()))
        .output()
        .await
        .context("run rsync")?;
    let seconds = begun.elapsed().as_secs_f64();
    anyhow::ensure!(output.status.success(), "rsync: {}", String::from_utf8_lossy(&output.stderr));
    let stats = Stats(String::from_utf8_lossy(&output.stdout).into_owned());
    let files_mb = size_of(&staging)? as f64 / 1e6;
    std::fs::remove_dir_all(&staging)?;
    Ok(Moved {
        files_mb,
        megabytes: (stats.number("Total bytes sent")? + stats.number("Total bytes received")?) / 1e6,
        literal_mb: stats.number("Literal data")? / 1e6,
        seconds,
    })
}

fn add(table: &mut Table, manifest: &Manifest, what: &str, moved: &Moved) {
    let day = manifest.last_trade_date.map_or_else(String::new, |day| day.to_string());
    table.row([
        format!("{what}{}", manifest.generation),
        day,
        short(moved.files_mb),
        format!("{:.2}", moved.megabytes),
        format!("{:.2}", moved.literal_mb),
        format!("{:.1}", moved.seconds),
    ]);
}

/// What `rsync --stats` prints.
struct Stats(String);

impl Stats {
    fn number(&self, name: &str) -> anyhow::Result<f64> {
        let line = self.0.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(": ")).map(|(_, value)| value);
        let digits: String =
            value.unwrap_or_default().chars().take_while(|c| !c.is_whitespace()).filter(|c| *c != ',').collect();
        digits.parse().with_context(|| format!("rsync printed no `{name}`: {}", self.0))
    }
}

fn size_of(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
