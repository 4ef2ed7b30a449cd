//! `decode`: pages of TDX bars into records, beside pytdx, the same bytes.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use chrono::Days;
use source_tdx::{Client, ClientConfig};
use tokio::process::Command;
use upstream_simulators::{Market, MarketSpec, TdxOptions, TdxServer};

use crate::{
    daemon,
    data::Origin,
    machine,
    place::Place,
    report::{Report, Table, short},
};

/// Codes whose newest page is decoded.
const CODES: usize = 120;
/// Calendar days: more than a page's worth.
const SPAN: Days = Days::new(1_500);
/// A page of this many bars is full; others are left out.
const PAGE: usize = 800;
/// Both in turn, so that what else the machine does meets both.
const ROUNDS: usize = 3;

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("decode");
    let folder = place.logs()?;
    let pages = folder.join("tdx-pages.bin");
    report.fact("seed", Origin::wanted().seed);
    report.fact("pages", write_pages(&pages).await?);
    let ours = daemon::binary("examples/decode_rate")?;
    let python = place.peers().join("venv/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/peers/tdx_decode.py");
    report.fact("command", "examples/decode_rate pages; python benches/peers/tdx_decode.py pages");
    if !python.exists() {
        report.fact("skipped", "no peer installed: run benches/peers/setup.sh");
        return Ok(report);
    }
    report.fact("versions", versions(&python).await?);
    report.fact("load average before", machine::load_average());
    let mut table = Table::new("Bars decoded per second, one thread", ["round", "source-tdx", "pytdx", "ratio"]);
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let mut command = Command::new(&ours);
        let (our_rate, whole_way) = rate(command.arg(&pages)).await?;
        let mut command = Command::new(&python);
        let (their_rate, _) = rate(command.arg(&script).arg(&pages)).await?;
        ratios.push(our_rate / their_rate);
        let ratio = format!("{:.0} ×", our_rate / their_rate);
        table.row([round.to_string(), short(our_rate), short(their_rate), ratio]);
        report.fact(&format!("round {round}"), whole_way);
    }
    report.table(table);
    ratios.sort_unstable_by(f64::total_cmp);
    report.at_least("TDX bars decoded, beside pytdx, the least of three rounds", ratios[0], 50.0, "×");
    report.fact("load average after", machine::load_average());
    Ok(report)
}

/// Full pages of many codes as a simulated server sends them, deflated, one behind the other.
async fn write_pages(path: &PathBuf) -> anyhow::Result<String> {
    let Origin { seed, last_day, .. } = Origin::wanted();
    let first = last_day - SPAN;
    let market = Arc::new(Market::generate(&MarketSpec::new(seed, CODES, first, last_day)));
    let server = TdxServer::start(Arc::clone(&market), TdxOptions::default()).await?;
    let mut config = ClientConfig::new(vec![server.host.clone()]);
    config.requests_per_second_per_server = 1_000;
    let evening = last_day.and_hms_opt(12, 0, 0).context("a time")?.and_utc();
    let client = Client::new(config, Arc::new(move || evening));
    let (mut bytes, mut bars) = (Vec::new(), 0);
    for code in market.codes() {
        // Delisted codes and new ones have less than a page.
        if market.bars(code).len() < PAGE {
            continue;
        }
        let fetched = client.daily_bars(code, first, last_day).await?;
        let page = fetched.pages.first().context("an answer without a page")?;
        bytes.extend_from_slice(&page.body);
        bars += PAGE;
    }
    std::fs::write(path, &bytes)?;
    Ok(format!("{} of {PAGE} bars, {} bytes as sent", bars / PAGE, short(bytes.len() as f64)))
}

/// Bars per second that a program prints as the last word of its first line, and what it says besides.
async fn rate(command: &mut Command) -> anyhow::Result<(f64, String)> {
    let output = command.output().await?;
    let text = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let (first, rest) = text.split_once('\n').context("a program said nothing")?;
    let rate = first.split_whitespace().next_back().and_then(|word| word.parse().ok());
    Ok((rate.with_context(|| format!("no rate in {first:?}"))?, rest.trim_matches(['#', ' ', '\n']).to_owned()))
}

async fn versions(python: &Path) -> anyhow::Result<String> {
    let code =
        "import sys, importlib.metadata as m; print(f'Python {sys.version.split()[0]}, pytdx {m.version(\"pytdx\")}')";
    let output = Command::new(python).args(["-c", code]).output().await?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
