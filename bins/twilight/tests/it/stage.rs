//! A published warehouse, a configuration, and a way to run the program on them.
//!
//! Two shares traded on [`DAY`]; Tushare's row of 000001.SZ was good first and came again with a close of zero, which is in
//! quarantine. A check found a disagreement about 600519.SH, and another one that is gone.

use std::{path::Path, process::Stdio};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use job_queue::private_redis::RedisServer;
use market_model::{Board, CalendarDay, DailyBar, Exchange, Instrument, InstrumentKind, ListStatus};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use warehouse::{
    Batch, FindingsRecord, FindingsScope, FoundRow, Freshness, Listing, Partition, RawResponse, Sourced, StatusFile,
    Writer, WriterOptions, write_status,
};

pub(crate) const DAY: &str = "2026-04-28";
const CODES: [&str; 2] = ["000001.SZ", "600519.SH"];

/// A folder with a configuration.
pub(crate) struct Stage {
    folder: TempDir,
    /// Whoever needs a queue starts one.
    pub(crate) redis: Option<RedisServer>,
}

/// What the program said and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stage {
    /// With a published warehouse, without a queue.
    pub(crate) fn published() -> Self {
        let stage = Self::empty();
        publish(&stage.folder.path().join("warehouse"));
        stage.configure("redis://127.0.0.1:1/");
        stage
    }

    /// Without anything.
    pub(crate) fn empty() -> Self {
        let stage = Self { folder: tempfile::tempdir().unwrap(), redis: None };
        stage.configure("redis://127.0.0.1:1/");
        stage
    }

    /// With a queue as well.
    pub(crate) async fn with_redis(mut self) -> Self {
        let redis = RedisServer::start().await.unwrap();
        self.configure(&redis.url());
        self.redis = Some(redis);
        self
    }

    fn configure(&self, redis: &str) {
        let root = self.folder.path().join("warehouse");
        let text = format!("[warehouse]\nroot = \"{}\"\n\n[queue]\nredis_url = \"{redis}\"\n", root.display());
        std::fs::write(self.folder.path().join("twilight.toml"), text).unwrap();
    }

    /// Adds sections to the configuration.
    pub(crate) fn configure_more(&self, sections: &str) {
        let file = self.folder.path().join("twilight.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("{text}\n{sections}")).unwrap();
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// The program with `words`, called by the user `alex`.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twilight"));
        command.arg("--config").arg(self.folder.path().join("twilight.toml")).args(words.split_whitespace());
        command.env_clear().env("USER", "alex").stdin(Stdio::null()).kill_on_drop(true);
        // The engine is a shared library.
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some((name, value)) = std::env::vars_os().find(|(known, _)| known == name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, words: &str) -> Answer {
        run(self.command(words)).await
    }

    /// What it says; it must succeed.
    pub(crate) async fn told(&self, words: &str) -> String {
        let answer = self.run(words).await;
        assert_eq!(answer.code, Some(0), "twilight {words}: {answer:?}");
        answer.stdout
    }

    /// The same as JSON.
    pub(crate) async fn json(&self, words: &str) -> Value {
        let said = self.told(&format!("{words} --json")).await;
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// What it says on standard error; it must fail with `code`.
    pub(crate) async fn refused(&self, words: &str, code: i32) -> String {
        let answer = self.run(words).await;
        assert_eq!(answer.code, Some(code), "twilight {words}: {answer:?}");
        answer.stderr
    }
}

pub(crate) async fn run(mut command: Command) -> Answer {
    let output = command.output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// 19:00 in Shanghai.
fn published_at() -> DateTime<Utc> {
    "2026-04-28T11:00:00Z".parse().unwrap()
}

fn day() -> NaiveDate {
    DAY.parse().unwrap()
}

fn publish(root: &Path) {
    let options = WriterOptions { memory_limit_mb: 256, threads: 1, ..WriterOptions::default() };
    let mut writer = Writer::open(root, options).unwrap();
    writer.commit(reference(), published_at()).unwrap();
    writer.commit(bars(&CODES.map(bar), published_at()), published_at()).unwrap();
    let zero = DailyBar { low: 0.0, close: 0.0, ..bar(CODES[0]) };
    let later = published_at() + TimeDelta::minutes(1);
    writer.commit(bars(&[zero], later), later).unwrap();
    find(&mut writer, Some(("price_limit", "error", CODES[0])), 2);
    find(&mut writer, Some(("cross_source", "warning", CODES[1])), 3);
    writer.publish(published_at() + TimeDelta::minutes(4)).unwrap();
    write_status(&root.join("published"), &status()).unwrap();
}

/// Everything that a check of all rules found, `minutes` after the publication.
fn find(writer: &mut Writer, finding: Option<(&str, &str, &str)>, minutes: i64) {
    let at = published_at() + TimeDelta::minutes(minutes);
    let found = |(check, severity, code): (&str, &str, &str)| FoundRow {
        check: check.to_owned(),
        severity: severity.to_owned(),
        code: Some(code.to_owned()),
        trade_date: Some(day()),
        subject: String::new(),
        message: format!("{check} of {code}"),
        details: json!({"close": 12.5}),
    };
    let checks = ["price_limit", "cross_source"].map(str::to_owned).to_vec();
    let record = FindingsRecord {
        check: "check_generation".to_owned(),
        generation: Some(1),
        commit_seq: 3,
        checked_at: at,
        scope: FindingsScope { checks, dates: None, from_code: None, to_code: None },
        last: true,
        findings: finding.into_iter().map(found).collect(),
    };
    writer.record_findings(&record, at).unwrap();
}

fn reference() -> Batch {
    let listing = |(nth, code): (usize, &str)| {
        let code: market_model::Code = code.parse().unwrap();
        let instrument = Instrument {
            code,
            kind: InstrumentKind::AShare,
            board: Board::of_code(&code),
            name: format!("share {nth}"),
            listed: Some("2001-08-27".parse().unwrap()),
            delisted: None,
            renamed_from: None,
        };
        sourced(Listing { instrument, status: ListStatus::Listed }, nth)
    };
    let calendar = day().pred_opt().unwrap().iter_days().take(10).enumerate().map(|(row, date)| {
        let is_open = date < "2026-05-01".parse().unwrap();
        sourced(CalendarDay { exchange: Exchange::Sse, date, is_open, previous_open: None }, row)
    });
    Batch {
        source: "tushare".to_owned(),
        responses: vec![response("stock_basic", b"{}")],
        instruments: CODES.into_iter().enumerate().map(listing).collect(),
        calendar: calendar.collect(),
        ..Batch::default()
    }
}

fn bars(bars: &[DailyBar], fetched_at: DateTime<Utc>) -> Batch {
    let items: Vec<_> = bars.iter().map(|bar| json!([bar.code, "20260428", bar.close])).collect();
    let body = json!({"code": 0, "data": {"fields": ["ts_code", "trade_date", "close"], "items": items}});
    let whole_day = bars.len() == CODES.len();
    let partition = Partition { dataset: "daily", source: "tushare".to_owned(), trade_date: day() };
    Batch {
        source: "tushare".to_owned(),
        responses: vec![RawResponse { fetched_at, ..response("daily", body.to_string().as_bytes()) }],
        daily: bars.iter().enumerate().map(|(row, bar)| sourced(bar.clone(), row)).collect(),
        partitions: whole_day.then_some(partition).into_iter().collect(),
        ..Batch::default()
    }
}

fn bar(code: &str) -> DailyBar {
    DailyBar {
        code: code.parse().unwrap(),
        trade_date: day(),
        open: 12.4,
        high: 12.6,
        low: 12.3,
        close: 12.5,
        pre_close: Some(12.4),
        volume: 1_000_000,
        amount: Some(12_450_000.0),
        adj_factor: None,
    }
}

fn response(dataset: &str, body: &[u8]) -> RawResponse {
    RawResponse {
        source: "tushare".to_owned(),
        dataset: dataset.to_owned(),
        request: json!({"api_name": dataset}).to_string(),
        fetched_at: published_at(),
        http_status: 200,
        body: body.to_vec(),
    }
}

fn sourced<T>(value: T, row: usize) -> Sourced<T> {
    Sourced { value, response: 0, row: row as u32 }
}

fn status() -> StatusFile {
    let status = json!({"updated_at": published_at(), "generation": 1, "last_trade_date": DAY});
    let facts = Freshness {
        source: "tushare".to_owned(),
        dataset: "daily".to_owned(),
        last_success_at: Some(published_at()),
        last_trade_date: Some(day()),
        last_error: None,
        last_error_at: None,
    };
    let mut status: StatusFile = serde_json::from_value(status).unwrap();
    status.freshness.push(facts);
    status.last_checks.insert("check_generation".to_owned(), published_at() + TimeDelta::minutes(3));
    status
}
