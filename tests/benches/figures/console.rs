//! `console`: how large the operators' pages are and how long they take, over as much as there ever is to show.

mod gateway;
mod registry;
mod warehouse;

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use daemon_kit::http;

use crate::{
    load::{self, Effort, Questions},
    machine,
    place::Place,
    report::{Report, Table, short},
};

const BYTES_MAX: f64 = 100_000.0;
const MS_MAX: f64 = 50.0;
/// Of each page, one after the other.
const REQUESTS: usize = 200;

/// The pages of one daemon, to somebody who has logged in.
struct Pages {
    daemon: &'static str,
    address: SocketAddr,
    cookie: String,
}

/// What is put together of all pages.
struct Findings {
    table: Table,
    largest: f64,
    slowest_ms: f64,
}

pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("console");
    report.fact("load average before", machine::load_average());
    report.fact(
        "command",
        "each daemon's own binary, GET over loopback with a session's cookie, one request at a time, not compressed",
    );
    let table = Table::new(
        format!("Pages of the consoles, {REQUESTS} requests each"),
        ["daemon", "page", "bytes", "first ms", "p50 ms", "p99 ms", "max ms"],
    );
    let mut findings = Findings { table, largest: 0.0, slowest_ms: 0.0 };
    warehouse::measure(place, &mut report, &mut findings).await?;
    gateway::measure(&mut report, &mut findings).await?;
    registry::measure(&mut report, &mut findings).await?;
    report.table(findings.table);
    report.below("the largest page of a console", findings.largest, BYTES_MAX, "bytes");
    report.below("the slowest page of a console: p99", findings.slowest_ms, MS_MAX, "ms");
    report.fact("load average after", machine::load_average());
    Ok(report)
}

impl Pages {
    /// Logs in.
    async fn enter(daemon: &'static str, address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let client = http::client(&http::ClientOptions { follow_redirects: false, ..Default::default() })?;
        let login = client.post(format!("http://{address}/console/login")).body(format!("token={token}"));
        let answer = login.header("content-type", "application/x-www-form-urlencoded").send().await?;
        let cookie = answer.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = cookie.with_context(|| format!("{daemon}: a login without a session: {}", answer.status()))?;
        Ok(Self { daemon, address, cookie: format!("cookie: {cookie}\r\n") })
    }

    /// The document at `path`.
    async fn read(&self, path: &str) -> anyhow::Result<String> {
        let client = http::client(&http::ClientOptions::default())?;
        let cookie = self.cookie.trim_start_matches("cookie: ").trim_end().to_owned();
        Ok(client.get(format!("http://{}{path}", self.address)).header("cookie", cookie).send().await?.text().await?)
    }

    /// Measures the page `name` at `path`.
    async fn measure(&self, findings: &mut Findings, name: &str, path: &str) -> anyhow::Result<()> {
        let questions = Questions {
            name: name.to_owned(),
            paths: vec![path.to_owned()],
            headers: self.cookie.clone(),
            status: 200,
        };
        let effort = |requests| Effort { clients: 1, requests, time: Duration::ZERO };
        // The first one finds nothing prepared.
        let first = load::ask(self.address, &questions, effort(1)).await.with_context(|| path.to_owned())?;
        let found = load::ask(self.address, &questions, effort(REQUESTS)).await.with_context(|| path.to_owned())?;
        findings.largest = findings.largest.max(found.body_bytes);
        findings.slowest_ms = findings.slowest_ms.max(found.p99_ms);
        findings.table.row([
            self.daemon.to_owned(),
            name.to_owned(),
            short(found.body_bytes),
            short(first.max_ms),
            short(found.p50_ms),
            short(found.p99_ms),
            short(found.max_ms),
        ]);
        Ok(())
    }
}
