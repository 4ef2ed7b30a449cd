//! `serve`: the real `warehouse-api` on the whole history.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use chrono::NaiveDate;
use warehouse::{Generation, Reader, ReaderOptions};

use crate::{
    daemon::Daemon,
    load::{self, Effort, Latencies, Questions},
    machine,
    place::{self, Place},
    questions::{self, FOUR_MONTHS, SEED, YEAR, daily, features, latest_spans, spans},
    report::{Report, Table, short},
    wrk,
};

const CLIENTS: [usize; 2] = [1, 8];
/// For answers from memory: 20,000 of them take about a second.
const FROM_MEMORY: (usize, Duration) = (20_000, Duration::from_secs(4));
/// For answers that plan a query.
const FROM_DUCKDB: (usize, Duration) = (2_000, Duration::from_secs(2));
/// For answers that read whole responses of the vendor.
const FROM_RESPONSES: (usize, Duration) = (200, Duration::from_secs(2));
const WRK_SECONDS: u32 = 4;

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("serve");
    let (generation, last_in_base) = open(place)?;
    report.fact("seed", SEED);
    report.fact("rows", generation.manifest().tables.get("curated_daily").map_or(0, |sum| sum.rows));
    report.fact("load average before", machine::load_average());
    let folder = place.logs()?;
    let config = folder.join("warehouse-api.toml");
    // The API needs no Redis and no vendor to answer; these addresses lead nowhere.
    let text = place::configuration(&place.run(), &place.served(), "redis://127.0.0.1:1/", "http://127.0.0.1:1");
    std::fs::write(&config, text).context("write the configuration")?;
    let (api, address) = Daemon::start("warehouse-api", &config, &folder).await?;
    report.fact(
        "command",
        "warehouse-api --config warehouse-api.toml, questions over loopback on the same two processors",
    );
    report.fact("memory after start", api.memory()?.to_string());

    let mut table = Table::new(
        "GET, keep-alive, one request in flight per client",
        ["question", "clients", "requests", "p50 ms", "p90 ms", "p99 ms", "max ms", "requests/s", "body bytes"],
    );
    let four_months = spans(&generation, FOUR_MONTHS, last_in_base)?;
    let year = spans(&generation, YEAR, last_in_base)?;
    let latest = latest_spans(&generation, FOUR_MONTHS)?;

    touch_every_code(address, &generation, &mut table).await?;
    report.fact("memory after every code was read", api.memory()?.to_string());

    let hot = [
        daily("80 bars, qfq, json", &four_months, ""),
        daily("250 bars, qfq, json", &year, ""),
        daily("latest 80 bars (base and tail), qfq, json", &latest, ""),
        daily("80 bars, csv", &four_months, "&format=csv"),
    ];
    for questions in &hot {
        for clients in CLIENTS {
            let found = measure(address, questions, clients, FROM_MEMORY).await?;
            add(&mut table, &questions.name, &found);
            if questions.name.ends_with("bars, qfq, json") {
                goals(&mut report, &questions.name, &found);
            }
        }
    }
    let unchanged = unchanged(address, &four_months[0]).await?;
    for clients in CLIENTS {
        add(&mut table, &unchanged.name, &measure(address, &unchanged, clients, FROM_MEMORY).await?);
    }
    let slow = [
        (features("features, stored", &latest), FROM_DUCKDB),
        (features("features, computed", &four_months), FROM_DUCKDB),
        (daily("raw layer, latest 3 bars", &latest_spans(&generation, 3)?, "&layer=raw"), FROM_RESPONSES),
        (daily("normalized layer, 80 bars", &four_months, "&layer=normalized"), FROM_DUCKDB),
    ];
    for (questions, effort) in &slow {
        for clients in CLIENTS {
            add(&mut table, &questions.name, &measure(address, questions, clients, *effort).await?);
        }
    }
    report.table(table);
    report.table(inside(address, &hot[..2]).await?);
    report.table(cross_check(place, address, &hot[..2]).await?);
    let memory = api.memory()?;
    report.fact("memory of warehouse-api in the end", memory.to_string());
    report.below("memory of warehouse-api, peak, all codes read", memory.peak_mb, 700.0, "MB");
    report.fact("load average after", machine::load_average());
    api.stop().await?;
    Ok(report)
}

/// The generation to ask about, read in this process, and the last day of its base.
pub(crate) fn open(place: &Place) -> anyhow::Result<(std::sync::Arc<Generation>, NaiveDate)> {
    let reader = Reader::open(place.served(), ReaderOptions::default())?;
    let generation = reader.current().context("no generation: run the step `data` first")?;
    let origin = crate::data::Origin::read(place)?;
    Ok((generation, origin.last_in_base))
}

/// Warms up with a twentieth of the effort, then measures.
pub(crate) async fn measure(
    address: SocketAddr,
    questions: &Questions,
    clients: usize,
    (requests, time): (usize, Duration),
) -> anyhow::Result<Latencies> {
    load::ask(address, questions, Effort { clients, requests: requests / 20, time: Duration::ZERO }).await?;
    load::ask(address, questions, Effort { clients, requests, time }).await
}

pub(crate) fn add(table: &mut Table, name: &str, found: &Latencies) {
    let ms = |value: f64| format!("{value:.3}");
    table.row([
        name.to_owned(),
        found.clients.to_string(),
        found.requests.to_string(),
        ms(found.p50_ms),
        ms(found.p90_ms),
        ms(found.p99_ms),
        ms(found.max_ms),
        short(found.per_second),
        short(found.body_bytes),
    ]);
}

fn goals(report: &mut Report, name: &str, found: &Latencies) {
    if found.clients == 1 {
        report.below(format!("{name}: p50 at one client"), found.p50_ms, 0.15, "ms");
        report.below(format!("{name}: p99 at one client"), found.p99_ms, 1.0, "ms");
    } else {
        report.at_least(format!("{name}: at eight clients"), found.per_second, 15_000.0, "requests/s");
    }
}

/// The first request for each code reads its block from the page cache, or the disk, and checks it.
async fn touch_every_code(address: SocketAddr, generation: &Generation, table: &mut Table) -> anyhow::Result<()> {
    let last = generation.last_trade_date().context("an empty warehouse")?;
    let from = last - chrono::Days::new(120);
    let codes = generation.codes_with_bars();
    let every: Vec<_> = codes.into_iter().map(|code| questions::Span { code, from, to: last }).collect();
    let questions = daily("first request of each code, 120 days", &every, "");
    let once = Effort { clients: 1, requests: every.len(), time: Duration::ZERO };
    add(table, &questions.name, &load::ask(address, &questions, once).await?);
    Ok(())
}

/// A question with the ETag of its own answer.
async fn unchanged(address: SocketAddr, span: &questions::Span) -> anyhow::Result<Questions> {
    let mut questions = daily("80 bars, not modified (304)", std::slice::from_ref(span), "");
    let (_, head, _) = load::ask_once(address, &questions.paths[0], &questions.headers).await?;
    let tag = head.lines().find_map(|line| line.strip_prefix("etag: ")).context("an answer without ETag")?;
    questions.headers.push_str(&format!("if-none-match: {tag}\r\n"));
    questions.status = 304;
    Ok(questions)
}

/// What of an answer's time the handler takes, by its own `Server-Timing`. The rest is the kernel's, the connection's, and
/// at one client the waking of an idle processor, twice.
async fn inside(address: SocketAddr, asked: &[Questions]) -> anyhow::Result<Table> {
    const SAMPLE: usize = 500;
    let mut table = Table::new(
        "Inside the handler (Server-Timing), one at a time",
        ["question", "read p50 ms", "all p50 ms", "all p99 ms"],
    );
    for questions in asked {
        let (mut reads, mut totals) = (Vec::with_capacity(SAMPLE), Vec::with_capacity(SAMPLE));
        for path in questions.paths.iter().cycle().take(SAMPLE) {
            let (_, head, _) = load::ask_once(address, path, &questions.headers).await?;
            let timing = head.lines().find_map(|line| line.strip_prefix("server-timing: "));
            let mut millis =
                timing.unwrap_or_default().split(", ").filter_map(|part| part.split_once("dur=")?.1.parse().ok());
            reads.push(millis.next().unwrap_or(f64::NAN));
            totals.push(millis.next().unwrap_or(f64::NAN));
        }
        let at = |values: &mut Vec<f64>, part: f64| {
            values.sort_by(f64::total_cmp);
            format!("{:.3}", values[((values.len() - 1) as f64 * part) as usize])
        };
        table.row([questions.name.clone(), at(&mut reads, 0.5), at(&mut totals, 0.5), at(&mut totals, 0.99)]);
    }
    Ok(table)
}

async fn cross_check(place: &Place, address: SocketAddr, asked: &[Questions]) -> anyhow::Result<Table> {
    let title = format!("The same questions by wrk (-t1, {WRK_SECONDS} s), which shares the processors too");
    let mut table = Table::new(title, ["question", "clients", "p50", "p99", "requests/s"]);
    for questions in asked {
        for clients in CLIENTS {
            match wrk::ask(address, questions, clients, WRK_SECONDS, &place.findings).await? {
                Some(found) => table.row([
                    questions.name.clone(),
                    clients.to_string(),
                    found.p50,
                    found.p99,
                    short(found.per_second),
                ]),
                None => table.row([
                    questions.name.clone(),
                    clients.to_string(),
                    "wrk is not installed".into(),
                    String::new(),
                    String::new(),
                ]),
            }
        }
    }
    Ok(table)
}
