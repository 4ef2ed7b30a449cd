//! `check`: every rule over one changed day, and over the whole history, by the real `quality-worker`; beside it the
//! comparable subset of checks by pandera on the same rows.

use std::path::Path;

use anyhow::Context as _;
use chrono::NaiveDate;
use job_queue::{
    Broker, Push, Queue,
    payload::{QualityJob, queue_name::QUALITY},
    private_redis::RedisServer,
};
use tokio::{process::Command, time::Instant};

use crate::{
    daemon::Daemon,
    day, machine,
    place::{self, Place},
    report::{Report, Table, short},
    serve,
};

/// The first check opens the files and reads every block's checksum; the figure of the goal is of a later one.
const DAY_CHECKS: usize = 6;

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("check");
    let (generation, last_in_base) = serve::open(place)?;
    let last = generation.last_trade_date().context("a generation without bars")?;
    let rows = generation.manifest().tables.get("normalized_daily").map_or(0, |sum| sum.rows);
    report.fact("normalized rows", rows);
    report.fact("last day, last in the base", format!("{last}, {last_in_base}"));
    report
        .fact("command", "quality-worker --config quality-worker.toml, jobs check_generation through a private Redis");
    report.fact("load average before", machine::load_average());
    let base = generation.manifest().base.as_ref().context("the generation has no base")?.database.name.clone();
    drop(generation);

    let redis = RedisServer::start().await.context("start redis-server")?;
    let folder = place.logs()?;
    let config = folder.join("quality-worker.toml");
    let mut text = place::configuration(&place.run(), &place.served(), &redis.url(), "http://127.0.0.1:1");
    let (published, state) = (place.served(), folder.join("quality-state"));
    text.push_str(&format!(
        "\n[quality-worker]\nlisten = \"127.0.0.1:0\"\npublished = \"{}\"\nstate = \"{}\"\n\n\
         [quality-worker.disk]\nfolders = []\n\n[quality-worker.schedule]\nfreshness = \"off\"\nsafety = \"off\"\n",
        published.display(),
        state.display()
    ));
    std::fs::write(&config, text).context("write the configuration")?;
    let (worker, _) = Daemon::start("quality-worker", &config, &folder).await?;
    report.fact("memory after start", worker.memory()?.to_string());
    let queue: Queue<QualityJob> = Queue::new(&Broker::connect(&redis.url())?, QUALITY)?;

    let mut table = Table::new("Every rule", ["what", "rows", "push to done, s", "rows/s", "findings"]);
    let mut best = f64::INFINITY;
    for round in 0..DAY_CHECKS {
        let checked = check(&queue, &worker, &format!("day-{round}"), Some(vec![last])).await?;
        if round == 0 {
            add(&mut table, "one day, the first after the start", &checked);
        } else if checked.seconds < best {
            best = checked.seconds;
        }
        if round + 1 == DAY_CHECKS {
            add(&mut table, "one day again", &checked);
        }
    }
    report.fact("memory after the days", worker.memory()?.to_string());
    let in_base = check(&queue, &worker, "base-day", Some(vec![last_in_base])).await?;
    add(&mut table, "one day in the base", &in_base);
    let whole = check(&queue, &worker, "all", None).await?;
    add(&mut table, "the whole history", &Checked { rows: Some(rows), ..whole.clone() });
    let memory = worker.memory()?;
    report.fact("memory of quality-worker in the end", memory.to_string());
    report.below("every rule over one changed day", best, 1.0, "s");
    report.below("every rule over the whole history", whole.seconds, 60.0, "s");
    report.below("memory of quality-worker, peak", memory.peak_mb, 1024.0, "MB");
    worker.stop().await?;
    peer(place, &place.served().join(base), last_in_base, &mut table).await?;
    report.table(table);
    report.fact("load average after", machine::load_average());
    Ok(report)
}

#[derive(Clone)]
struct Checked {
    seconds: f64,
    /// Where they are counted.
    rows: Option<u64>,
    findings: String,
}

async fn check(
    queue: &Queue<QualityJob>,
    worker: &Daemon,
    name: &str,
    dates: Option<Vec<NaiveDate>>,
) -> anyhow::Result<Checked> {
    let id = format!("check_generation#{name}");
    let begun = Instant::now();
    queue.push(Push::id(&id), &QualityJob::CheckGeneration { generation: None, dates }).await?;
    let job = day::wait_until_done(queue, &id, worker).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let result = job.result.unwrap_or_default();
    let findings = result.get("findings").map(ToString::to_string).unwrap_or_default();
    Ok(Checked { seconds, rows: None, findings })
}

fn add(table: &mut Table, what: &str, checked: &Checked) {
    let Checked { seconds, rows, findings } = checked;
    let count = rows.map(|rows| short(rows as f64)).unwrap_or_default();
    let rate = rows.map(|rows| short(rows as f64 / seconds)).unwrap_or_default();
    table.row([what.to_owned(), count, format!("{seconds:.3}"), rate, findings.clone()]);
}

/// pandera, over one day and over everything.
async fn peer(place: &Place, database: &Path, day: NaiveDate, table: &mut Table) -> anyhow::Result<()> {
    let python = place.peers().join("venv/bin/python");
    if !python.exists() {
        return Ok(());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/peers/quality_pandera.py");
    for (what, from, to) in
        [("one day", day.to_string(), day.to_string()), ("the whole history", "1990-01-01".to_owned(), day.to_string())]
    {
        let output = Command::new(&python).arg(script).arg(database).args([&from, &to]).output().await;
        let output = output.context("run the peer")?;
        anyhow::ensure!(output.status.success(), "the peer: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let [rows, read, checked, peak, failures] =
            text.split_whitespace().collect::<Vec<_>>().try_into().map_err(|_| anyhow::anyhow!("the peer: {text}"))?;
        let (read, checked): (f64, f64) = (read.parse()?, checked.parse()?);
        let what = format!("peer: pandera, {what} (read {read:.2} s, checked {checked:.2} s, {peak} MB)");
        add(
            table,
            &what,
            &Checked { seconds: read + checked, rows: Some(rows.parse()?), findings: failures.to_owned() },
        );
    }
    Ok(())
}
