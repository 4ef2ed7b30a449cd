//! `peer`: FastAPI + duckdb on the same base file, asked the same questions by the same load generator.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    daemon::Daemon,
    load::{self, Questions},
    machine,
    place::{self, Place},
    questions::{FOUR_MONTHS, SEED, YEAR, daily, spans},
    report::{Report, Table},
    serve,
};

const CLIENTS: [usize; 2] = [1, 8];
const EFFORT: (usize, Duration) = (2_000, Duration::from_secs(2));
/// Answers that are compared, row by row.
const COMPARED: usize = 200;

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("peer");
    report.fact("seed", SEED);
    let python = place.peers().join("venv/bin/python");
    if !python.exists() {
        report.fact("skipped", "no peer installed: run benches/peers/setup.sh");
        return Ok(report);
    }
    let (generation, last_in_base) = serve::open(place)?;
    let base = generation.manifest().base.as_ref().context("the generation has no base")?;
    let database = place.served().join(&base.database.name);
    let four_months = daily("80 bars, hfq, json", &spans(&generation, FOUR_MONTHS, last_in_base)?, "&adjust=hfq");
    let year = daily("250 bars, hfq, json", &spans(&generation, YEAR, last_in_base)?, "&adjust=hfq");
    report.fact("load average before", machine::load_average());

    let folder = place.logs()?;
    let config = folder.join("warehouse-api.toml");
    let text = place::configuration(&place.run(), &place.served(), "redis://127.0.0.1:1/", "http://127.0.0.1:1");
    std::fs::write(&config, text).context("write the configuration")?;
    let (api, ours) = Daemon::start("warehouse-api", &config, &folder).await?;
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/peers");
    let mut command = Command::new(&python);
    command.args(["-m", "uvicorn", "fastapi_duckdb:app", "--host", "127.0.0.1", "--port", "0", "--workers", "1"]);
    command.args(["--no-access-log", "--app-dir", app]).env("BENCH_DATABASE", &database);
    report.fact("command", "python -m uvicorn fastapi_duckdb:app --workers 1 --no-access-log");
    let mut peer = Daemon::spawn("fastapi-duckdb", command, &folder)?;
    let theirs: SocketAddr =
        peer.wait_for(|line| line.split_once("running on http://")?.1.split_whitespace().next()?.parse().ok()).await?;
    report.fact("versions", versions(&python).await?);
    report.fact("answers compared, equal row by row", compare(ours, theirs, &[&four_months, &year]).await?);

    let mut table = Table::new(
        "The same questions to both",
        [
            "server and question",
            "clients",
            "requests",
            "p50 ms",
            "p90 ms",
            "p99 ms",
            "max ms",
            "requests/s",
            "body bytes",
        ],
    );
    for questions in [&four_months, &year] {
        for clients in CLIENTS {
            for (name, address) in [("warehouse-api", ours), ("FastAPI + duckdb", theirs)] {
                let found = serve::measure(address, questions, clients, EFFORT).await?;
                serve::add(&mut table, &format!("{name}: {}", questions.name), &found);
            }
        }
    }
    report.table(table);
    report.fact("memory of warehouse-api", api.memory()?.to_string());
    report.fact("memory of FastAPI + duckdb", peer.memory()?.to_string());
    report.fact("load average after", machine::load_average());
    drop(generation);
    api.stop().await?;
    Ok(report)
}

/// Both must say the same, or the comparison is worth nothing.
async fn compare(ours: SocketAddr, theirs: SocketAddr, kinds: &[&Questions]) -> anyhow::Result<usize> {
    let mut compared = 0;
    for questions in kinds {
        for path in questions.paths.iter().take(COMPARED / kinds.len()) {
            let (_, _, our_answer) = load::ask_once(ours, path, &questions.headers).await?;
            let (_, _, their_answer) = load::ask_once(theirs, path, &questions.headers).await?;
            let rows = |body: &[u8]| -> anyhow::Result<Value> {
                Ok(serde_json::from_slice::<Value>(body)?.get("rows").context("an answer without rows")?.clone())
            };
            let (our_rows, their_rows) = (rows(&our_answer)?, rows(&their_answer)?);
            anyhow::ensure!(our_rows == their_rows, "{path}: we say {our_rows}, they say {their_rows}");
            compared += 1;
        }
    }
    Ok(compared)
}

async fn versions(python: &std::path::Path) -> anyhow::Result<String> {
    let code = "import duckdb, fastapi, uvicorn, sys; \
                print(f'Python {sys.version.split()[0]}, duckdb {duckdb.__version__}, fastapi {fastapi.__version__}, uvicorn {uvicorn.__version__}')";
    let output = Command::new(python).args(["-c", code]).output().await?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
