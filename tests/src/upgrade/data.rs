//! The warehouse: a base, a tail, and the next days on top of them.

use std::{collections::BTreeSet, path::PathBuf};

use chrono::NaiveDate;
use serde_json::{Value, json};
use warehouse::{Reader, ReaderOptions, VerifyReport};

use super::Site;
use crate::{Daemon, Http, present_days};

/// Days that go into the base, into the tail after it, and that come after an upgrade.
const DAYS: [usize; 3] = [4, 2, 1];

pub(super) async fn write(site: &Site) -> Value {
    let [base, tail, _] = days(site);
    let worker = Daemon::start(site.command("ingest-worker")).await;
    site.twilight(&["enqueue", "fetch-reference", "--wait"]).await;
    fetch(site, &base).await;
    site.twilight(&["enqueue", "compact", "--wait"]).await;
    fetch(site, &tail).await;
    worker.stop().await;
    let (manifest, days) = (manifest(site), [base, tail].concat());
    json!({
        "generation": manifest["generation"],
        "logical_hash": manifest["logical_hash"],
        "tables": manifest["tables"],
        "days": days,
    })
}

pub(super) async fn goes_on(site: &Site, written: &Value) {
    // As it was left: every byte, every row, and the hash over what the rows say.
    let report = verified(site).await;
    assert!(report.is_whole(), "{:?}", report.problems);
    assert_eq!(report.manifest.logical_hash, written["logical_hash"].as_str().unwrap());
    for (table, facts) in written["tables"].as_object().unwrap() {
        assert_eq!(json!(report.manifest.tables[table].rows), facts["rows"], "{table}");
    }
    let days_written: BTreeSet<NaiveDate> = serde_json::from_value(written["days"].clone()).unwrap();
    assert_eq!(published_days(site), days_written);

    let (worker, api) =
        (Daemon::start(site.command("ingest-worker")).await, Daemon::start(site.command("warehouse-api")).await);
    let [.., next] = days(site);
    let code = site.market.expected_codes(next[0])[0];
    let ask = format!("/warehouse/daily?code={code}&start={}&end={}", days_written.first().unwrap(), next[0]);
    let (status, answer) = Http::new(&api.url).get(&ask).await;
    assert_eq!((status, &answer["generation"]), (200, &written["generation"]), "{answer}");
    let before = answer["rows"].as_array().unwrap().clone();
    assert_eq!(before.len(), days_written.len(), "{answer}");

    // The next day, and a base of old and new.
    fetch(site, &next).await;
    site.twilight(&["enqueue", "compact", "--wait"]).await;
    let after = crate::eventually("the API serves the new day", async || {
        let (_, answer) = Http::new(&api.url).get(&ask).await;
        let rows = answer["rows"].as_array()?.clone();
        (rows.len() == before.len() + 1).then_some(rows)
    })
    .await;
    assert_eq!(raw(&after[..before.len()]), raw(&before), "the days before the upgrade are what they were");
    assert_eq!(published_days(site), days_written.into_iter().chain(next).collect());
    let report = verified(site).await;
    assert!(report.is_whole(), "{:?}", report.problems);
    worker.stop().await;
    api.stop().await;
}

/// The days of each part, ascending.
fn days(site: &Site) -> [Vec<NaiveDate>; 3] {
    let all = site.market.trading_days();
    let mut from = all.len() - DAYS.iter().sum::<usize>();
    DAYS.map(|count| {
        let part = all[from..from + count].to_vec();
        from += count;
        part
    })
}

async fn fetch(site: &Site, days: &[NaiveDate]) {
    for day in days {
        site.twilight(&["enqueue", "fetch-daily-market", "--date", &day.to_string(), "--wait"]).await;
    }
}

fn published(site: &Site) -> PathBuf {
    site.path("warehouse/published")
}

/// The current manifest as the programs wrote it.
fn manifest(site: &Site) -> Value {
    let generations = warehouse::list_generations(&published(site)).unwrap();
    let current = generations.into_iter().find(|generation| generation.is_current).unwrap();
    serde_json::to_value(current.manifest.unwrap()).unwrap()
}

async fn verified(site: &Site) -> VerifyReport {
    let published = published(site);
    tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await.unwrap().unwrap()
}

/// The days of the current generation, whole and as the market had them.
fn published_days(site: &Site) -> BTreeSet<NaiveDate> {
    let reader = Reader::open(published(site), ReaderOptions::default()).unwrap();
    present_days(&reader.current().unwrap(), &site.market)
}

/// Days and volumes: prices are adjusted to the last day, which moves.
fn raw(rows: &[Value]) -> Vec<(Value, Value)> {
    rows.iter().map(|row| (row["trade_date"].clone(), row["volume"].clone())).collect()
}
