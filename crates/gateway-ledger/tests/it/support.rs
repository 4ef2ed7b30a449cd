//! A ledger in a folder of its own, rows to record, and a copy of the files as a crash would leave them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use gateway_ledger::{AttemptRecord, AuditEntry, Charge, Ledger, LedgerOptions, Recovery, RequestRow};
use route_policy::{Cny, Day, Usage};
use tempfile::TempDir;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Monday, 12:00 in Shanghai.
pub(crate) fn noon() -> DateTime<Utc> {
    at("2026-11-23T04:00:00Z")
}

pub(crate) fn today() -> Day {
    Day::of(noon())
}

pub(crate) fn yuan(text: &str) -> Cny {
    text.parse().unwrap()
}

pub(crate) fn open(folder: &Path) -> (Ledger, Recovery) {
    open_at(folder, noon())
}

pub(crate) fn open_at(folder: &Path, now: DateTime<Utc>) -> (Ledger, Recovery) {
    let options = LedgerOptions { group_commit_ms: 1, ..LedgerOptions::default() };
    Ledger::open(folder, options, now).unwrap()
}

/// A request of `profile` that ended well on `channel` and cost `cny`.
pub(crate) fn row(id: &str, profile: &str, channel: &str, cny: &str) -> RequestRow {
    let channel: Arc<str> = Arc::from(channel);
    RequestRow {
        id: Arc::from(id),
        at: noon(),
        profile: Arc::from(profile),
        token_id: Some(Arc::from("token-1")),
        endpoint: "chat.completions".into(),
        model: Arc::from("qwen-plus"),
        stream: true,
        outcome: "ok".into(),
        failed: false,
        status: 200,
        latency_ms: 900,
        first_byte_ms: Some(120),
        waited_ms: 0,
        charges: vec![charge(&channel, cny)],
        decision: vec![AttemptRecord { channel: Some(channel), outcome: "ok".into(), ms: 890, considered: Vec::new() }],
    }
}

pub(crate) fn charge(channel: &Arc<str>, cny: &str) -> Charge {
    Charge {
        attempt: 1,
        channel: channel.clone(),
        account: channel.clone(),
        upstream_model: Arc::from("qwen-plus"),
        day: today(),
        usage: Usage { input: 100, cached_input: 20, output: 50, thinking: 10 },
        cny: yuan(cny),
        reserved: yuan("1"),
        estimated: false,
        breach: None,
        price_known: true,
    }
}

pub(crate) fn entry(action: &'static str, subject: &str) -> AuditEntry {
    AuditEntry {
        at: noon(),
        actor: "operator".to_owned(),
        action: action.into(),
        subject: subject.to_owned(),
        before: None,
        after: Some(serde_json::json!({"enabled": false})),
    }
}

/// The folder that a parent test told this process, which is its child; none in the test process itself.
#[expect(clippy::disallowed_methods, reason = "how a parent test tells its child what to do")]
pub(crate) fn told_folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// What is on the disk right now, as `kill -9` would leave it.
pub(crate) fn as_after_a_kill(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for name in ["gateway.sqlite", "gateway.sqlite-wal"] {
        if folder.join(name).exists() {
            fs::copy(folder.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}
