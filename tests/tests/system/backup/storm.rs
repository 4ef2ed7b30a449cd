//! Backups while everything writes as fast as it can: each shows one moment, and all of it can be restored.

use std::sync::atomic::{AtomicBool, Ordering};

use age::x25519;
use chrono::TimeDelta;
use daemon_kit::clock::Clock;
use gateway_ledger::{Ledger, LedgerOptions, RequestFilter, SpendingBy, SpendingQuery};
use reqwest::Method;
use serde_json::json;
use system_tests::gateway::Caller;

use super::kit::{Host, Running, Site, done};

const ORDERS: usize = 8;
const BACKUPS: usize = 4;

async fn asks(caller: Caller, is_over: &AtomicBool) -> usize {
    let mut asked = 0;
    while !is_over.load(Ordering::Relaxed) {
        assert_eq!(caller.chat(json!({"stream": asked % 2 == 1})).await.status, 200);
        asked += 1;
    }
    asked
}

async fn sells(running: &Running) {
    for number in 0..ORDERS {
        running.sold(&format!("TW2026-{number:04}"), &format!("tg:{number}")).await;
    }
}

/// In the books of the gateway every request is in the sums, and every sum is of requests.
async fn books_agree(host: &Host<'_>) -> u64 {
    let now = Clock::system().now();
    let (ledger, _) = Ledger::open(&host.root.join("data/gateway"), LedgerOptions::default(), now).unwrap();
    let query = SpendingQuery {
        from: now - TimeDelta::days(1),
        to: now + TimeDelta::days(1),
        by: SpendingBy::Profile,
        profile: None,
        channel: None,
        model: None,
    };
    let summed: u64 = ledger.spending(query).await.unwrap().iter().map(|spent| spent.requests).sum();
    let (mut rows, mut after) = (0, None);
    loop {
        let page = ledger.requests(RequestFilter::default(), after, 1_000).await.unwrap();
        rows += page.rows.len() as u64;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(summed, rows);
    ledger.close().await.unwrap();
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_backup_amid_a_storm_of_writes_shows_one_moment() {
    let site = Site::new().await;
    let host = site.host();
    let running = host.start().await;
    let bots: Vec<String> = (0..ORDERS).map(|n| format!("12345678{n}:AAF0rZ0Jc2hDqVbT3m9sYx8uKq1LwEoPn5{n}")).collect();
    running.ready_to_sell(&bots, &x25519::Identity::generate().to_public().to_string()).await;
    let days = site.stage.days(5);
    site.stage.fetch("tushare", days[0]).await;
    let is_over = AtomicBool::new(false);
    let callers = [running.gateway.caller("a").await, running.gateway.caller("b").await];
    let [first, second] = callers;
    let backups = async {
        for _ in 0..BACKUPS {
            host.back_up().await;
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let ingest = async {
        for day in &days[1..] {
            site.stage.fetch("tushare", *day).await;
        }
    };
    let (one, two, (), (), ()) =
        tokio::join!(asks(first, &is_over), asks(second, &is_over), sells(&running), ingest, backups);
    assert!(one + two > BACKUPS, "{one} {two}");
    running.dies();

    done(site.backup(&["verify", "--all"])).await;
    let ids: Vec<String> = {
        let listed: serde_json::Value = serde_json::from_str(&done(site.backup(&["list", "--json"])).await).unwrap();
        listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let mut last = 0;
    for (number, id) in ids.iter().enumerate() {
        let restored = site.empty_host(&format!("restored-{number}"));
        done(site.restore(&restored, &["--budgets", "open", id])).await;
        let rows = books_agree(&restored).await;
        assert!(rows >= last, "{rows} after {last}");
        last = rows;
        // Every order that its books know comes to its end, and its profile is in its repository.
        let running = restored.start().await;
        for number in 0..ORDERS {
            let (status, order) = running.registry(Method::GET, &format!("/orders/TW2026-{number:04}"), None).await;
            if status == 404 {
                continue;
            }
            let order = running.order(order["out_trade_no"].as_str().unwrap(), &["committed", "alive"]).await;
            let profile = format!("/profiles/{}", order["profile"].as_str().unwrap());
            assert_eq!(running.registry(Method::GET, &profile, None).await.0, 200, "{order}");
        }
        running.stop().await;
    }
}
