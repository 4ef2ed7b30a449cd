//! What these tests share: a stage whose findings come out at once, a wrong row, and ways to look.

use std::{collections::BTreeSet, sync::Arc};

use job_queue::Stats;
use market_model::DailyBar;
use serde_json::Value;
use system_tests::{Http, Settings, Stage, eventually};
use upstream_simulators::{AlertReceiver, Market, ReceivedAlert};

/// So many that two rows less leave a day complete (98 %).
pub(super) const CODES: usize = 150;

/// A stage with two TDX servers beside Tushare, whose findings go to `receiver` and are published within a second.
pub(super) async fn stage(market: &Arc<Market>, receiver: &AlertReceiver) -> Stage {
    let alerts = vec![("webhook", receiver.webhook_url())];
    let settings = Settings { tdx_servers: 2, bookkeeping_every_s: Some(1), alerts, ..Settings::default() };
    Stage::with(market, settings).await
}

/// A bar of the last day whose close TDX tells differently, within the day's prices: nothing but the other vendor shows it.
pub(super) fn wrong_close(stage: &Stage) -> (DailyBar, DailyBar) {
    let day = stage.days(1)[0];
    let bars = stage.market.expected_codes(day).into_iter().filter_map(|code| stage.market.bar(&code, day));
    let right = bars.into_iter().find(|bar| bar.low < bar.close && bar.close < bar.high && bar.close < 50.0).unwrap();
    let wrong = DailyBar { close: (right.close * 100.0 + 1.0).round() / 100.0, ..right.clone() };
    (right, wrong)
}

pub(super) fn tdx_says(stage: &Stage, bar: &DailyBar) {
    for server in &stage.vendors.tdx {
        server.faults().revise(bar.clone());
    }
}

/// The last two days from Tushare, the last one from TDX too.
pub(super) async fn ingest(stage: &Stage) {
    let days = stage.days(2);
    for day in &days {
        stage.fetch("tushare", *day).await;
    }
    stage.fetch("tdx", days[1]).await;
}

/// What the API tells of the log.
pub(super) async fn log(http: &Http, query: &str) -> Vec<Value> {
    let (status, body) = http.get(&format!("/quality/logs?{query}")).await;
    if status == 503 {
        return Vec::new();
    }
    assert_eq!(status, 200, "{body}");
    body.as_array().unwrap().clone()
}

/// What is open, briefly.
pub(super) async fn open(http: &Http) -> BTreeSet<String> {
    let brief = |finding: &Value| format!("{} {} {}", finding["check"], finding["code"], finding["trade_date"]);
    log(http, "open=true&severity=warning&limit=1000").await.iter().map(brief).collect()
}

pub(super) fn expected(bar: &DailyBar) -> BTreeSet<String> {
    BTreeSet::from([format!("\"cross_source\" \"{}\" \"{}\"", bar.code, bar.trade_date)])
}

/// Waits until nothing is due, waits or runs.
pub(super) async fn settled(stage: &Stage) {
    eventually("everything is checked and recorded", async || {
        let idle = |stats: Stats| {
            assert_eq!(stats.dead, 0, "{stats:?}");
            stats.waiting + stats.delayed + stats.running == 0
        };
        let queues =
            (stage.queue.stats().await.ok()?, stage.checks.stats().await.ok()?, stage.writes.stats().await.ok()?);
        (idle(queues.0) && idle(queues.1) && idle(queues.2)).then_some(())
    })
    .await;
}

/// The firing and resolved messages about `check`, copies of one message once.
pub(super) fn told(receiver: &AlertReceiver, check: &str) -> Vec<(String, u64)> {
    let mut seen = BTreeSet::new();
    let messages = receiver.messages().into_iter().filter(|message| message.body["check"] == check);
    let new = messages.filter(|message| seen.insert(message.body["id"].to_string()));
    new.map(|ReceivedAlert { body, .. }| (body["status"].as_str().unwrap().to_owned(), body["count"].as_u64().unwrap()))
        .collect()
}
