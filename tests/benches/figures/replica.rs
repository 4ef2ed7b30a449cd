//! `replica`: what `twilight replica pull` moves from one generation to the next, on ordinary days and on a day of compaction,
//! from a real rsync daemon, and how long it takes; then a drill.

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context as _;
use job_queue::{
    Broker, Push, Queue,
    payload::{IngestJob, queue_name::INGEST},
    private_redis::RedisServer,
};
use serde_json::Value;
use tokio::{process::Command, time::Instant};
use warehouse::manifest::{FileRef, Manifest};

use crate::{
    daemon::{self, Daemon},
    day, machine,
    place::{self, Place},
    report::{Report, Table, short},
};

/// The next base, here and on the replica.
const COMPACTION_BYTES: u64 = 6_000_000_000;
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("replica");
    report.fact("command", "twilight replica pull --from rsync://127.0.0.1/published, for each generation");
    let published = place.run().join("published");
    anyhow::ensure!(published.join("CURRENT").exists(), "no days ingested yet: run the step `day` first");
    let Ok(version) = Command::new("rsync").arg("--version").output().await else {
        report.fact("skipped", "rsync is not installed");
        return Ok(report);
    };
    let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
    report.fact("rsync", version);
    place::empty(&place.replica())?;
    report.fact("load average before", machine::load_average());
    let site = Site::start(place).await?;
    let mut table = Table::new(
        "From one generation to the next",
        ["generation", "last day", "files of it, MB", "moved, MB", "copying, s", "in all, s"],
    );
    let (mut megabytes, mut seconds) = (Vec::new(), Vec::new());
    for manifest in day::manifests(&published)? {
        let first = megabytes.is_empty() && seconds.is_empty();
        let pulled = site.pull(place, &manifest).await?;
        pulled.add(&mut table, &manifest, if first { "first pull: " } else { "" });
        if first {
            report.fact("first pull, s", short(pulled.seconds));
            seconds.push(f64::NAN);
            continue;
        }
        megabytes.push(pulled.megabytes);
        seconds.push(pulled.seconds);
    }
    seconds.remove(0);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    report.below("a pull moves for one day, mean of a month", mean(&megabytes), 5.0, "MB");
    report.below("a pull moves for one day, the most of a month", most(&megabytes), 5.0, "MB");
    report.fact("a pull of one day, all of it verified, mean, s", short(mean(&seconds)));
    let again = day::manifests(&published)?.pop().context("no generation")?;
    let nothing = site.pull(place, &again).await?;
    report.fact("a pull that finds nothing new, every file compared, s", short(nothing.seconds));
    site.drill(&mut report).await?;
    let free = rustix::fs::statvfs(place.run().as_path())?;
    let free = free.f_bavail.saturating_mul(free.f_frsize);
    if free > COMPACTION_BYTES {
        compact(place, &mut report).await?;
        let manifest = day::manifests(&published)?.pop().context("no generation")?;
        site.pull(place, &manifest).await?.add(&mut table, &manifest, "after compaction: ");
    } else {
        report.fact(
            "a day of compaction",
            format!("skipped: {} MB are free, the next base twice needs more", free / 1_000_000),
        );
    }
    report.table(table);
    drop(site);
    std::fs::remove_dir_all(place.replica())?;
    std::fs::remove_dir_all(place.run().join("offered"))?;
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

/// An rsync daemon over a folder that offers one generation after the other, and a replica of it.
struct Site {
    /// Killed with this.
    _daemon: Daemon,
    config: PathBuf,
}

impl Site {
    async fn start(place: &Place) -> anyhow::Result<Self> {
        let folder = place.logs()?;
        let offered = place.run().join("offered");
        place::empty(&offered)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let settings = folder.join("rsyncd.conf");
        let text = format!(
            "port = {port}\naddress = 127.0.0.1\nuse chroot = no\npid file = {}\n[published]\npath = {}\n",
            folder.join("rsyncd.pid").display(),
            offered.display()
        );
        let _ = std::fs::remove_file(folder.join("rsyncd.pid"));
        std::fs::write(&settings, text)?;
        let mut command = Command::new("rsync");
        command.args(["--daemon", "--no-detach", "--config"]).arg(&settings);
        let daemon = Daemon::spawn("rsyncd", command, &folder)?;
        let deadline = Instant::now() + CONNECT_PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            anyhow::ensure!(Instant::now() < deadline, "the rsync daemon does not listen");
            tokio::task::yield_now().await;
        }
        let config = folder.join("replica.toml");
        let text = format!(
            "[warehouse]\nroot = \"{}\"\n[replica]\nsource = \"rsync://127.0.0.1:{port}/published\"\n",
            place.replica().display()
        );
        std::fs::write(&config, text)?;
        Ok(Self { _daemon: daemon, config })
    }

    /// Offers one generation and pulls it.
    async fn pull(&self, place: &Place, manifest: &Manifest) -> anyhow::Result<Pulled> {
        let (published, offered) = (place.run().join("published"), place.run().join("offered"));
        let base = manifest.base.iter().flat_map(|base| [&base.database, &base.series]);
        let own_name = format!("gen-{:06}.json", manifest.generation);
        let mut bytes = 0;
        place::empty(&offered)?;
        for FileRef { name, size, .. } in base.chain([&manifest.tail]) {
            std::fs::hard_link(published.join(name), offered.join(name)).with_context(|| format!("link {name}"))?;
            bytes += size;
        }
        std::fs::hard_link(published.join(&own_name), offered.join(&own_name))?;
        std::fs::write(offered.join("CURRENT"), own_name + "\n")?;
        let said = self.twilight("pull").await?;
        anyhow::ensure!(said["generation"] == manifest.generation, "{said}");
        let number = |name: &str| said[name].as_f64().with_context(|| format!("no {name} in {said}"));
        Ok(Pulled {
            files_mb: bytes as f64 / 1e6,
            megabytes: number("moved_bytes")? / 1e6,
            copying: number("copied_ms")? / 1e3,
            seconds: number("elapsed_ms")? / 1e3,
        })
    }

    async fn drill(&self, report: &mut Report) -> anyhow::Result<()> {
        let said = self.twilight("drill").await?;
        let mut table = Table::new("A drill: restored from the replica into a scratch folder", ["step", "rows", "ms"]);
        table.row([
            "copied and verified".to_owned(),
            said["verified_rows"].to_string(),
            said["restored_ms"].to_string(),
        ]);
        for part in said["asked"].as_array().context("no query set")? {
            let what = part["what"].as_str().unwrap_or_default().to_owned();
            table.row([what, part["rows"].to_string(), part["elapsed_ms"].to_string()]);
        }
        report.table(table);
        Ok(())
    }

    async fn twilight(&self, what: &str) -> anyhow::Result<Value> {
        let mut command = Command::new(daemon::binary("twilight")?);
        command.arg("--config").arg(&self.config).args(["--json", "replica", what]);
        let output = command.output().await.context("run twilight")?;
        anyhow::ensure!(output.status.success(), "replica {what}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("what twilight prints")
    }
}

struct Pulled {
    files_mb: f64,
    megabytes: f64,
    copying: f64,
    seconds: f64,
}

impl Pulled {
    fn add(&self, table: &mut Table, manifest: &Manifest, what: &str) {
        let day = manifest.last_trade_date.map_or_else(String::new, |day| day.to_string());
        table.row([
            format!("{what}{}", manifest.generation),
            day,
            short(self.files_mb),
            format!("{:.2}", self.megabytes),
            format!("{:.1}", self.copying),
            format!("{:.1}", self.seconds),
        ]);
    }
}
