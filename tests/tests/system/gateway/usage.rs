//! What the gateway tells the rest of the house: usage, hour by hour, and tokens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use daemon_kit::clock::Clock;
use gateway_ledger::{AttemptRecord, Charge, Ledger, LedgerOptions, RequestRow};
use job_queue::{
    Broker, JobState, Queue,
    payload::{WarehouseWriteJob, queue_name::WAREHOUSE_WRITE},
};
use route_policy::{Cny, Day, Usage};
use serde_json::{Value, json};
use system_tests::{
    Daemon, eventually,
    gateway::{Gateway, GatewaySettings, GatewayStage},
};
use upstream_simulators::{LlmFault, LlmRefusal};
use warehouse::{GatewayUsage, GatewayUsageRow, Reader, ReaderOptions};

/// The gateway's stage with a warehouse beside it.
async fn stage_with_a_warehouse() -> GatewayStage {
    let stage = GatewayStage::new(GatewaySettings::keys(2)).await;
    let folder = stage.folder().display().to_string();
    stage.configure(|settings| {
        settings.more = format!(
            r#"
[warehouse]
root = "{folder}/warehouse"
memory_limit_mb = 256
threads = 1
keep_generations = 100

[ingest-worker]
listen = "127.0.0.1:0"
bookkeeping_every_s = 1
retry_pause_ms = 200
heartbeat_ms = 250
missed_heartbeats = 8

[ingest-worker.tushare]
enabled = false

[warehouse-api]
listen = "127.0.0.1:0"
memory_limit_mb = 64
token_cache = "{folder}/access-tokens.json"
"#
        );
    });
    stage
}

/// What the current generation says about the gateway, hour by hour.
fn published(stage: &GatewayStage) -> Vec<GatewayUsage> {
    let folder = stage.folder().join("warehouse/published");
    let Ok(reader) = Reader::open(folder, ReaderOptions::default()) else { return Vec::new() };
    let Some(generation) = reader.current() else { return Vec::new() };
    let now = Clock::system().now();
    generation.gateway_usage(now - TimeDelta::days(2), now + TimeDelta::days(1)).unwrap()
}

/// Hour and version of what is published.
fn versions(hours: &[GatewayUsage]) -> Vec<(DateTime<Utc>, u64)> {
    hours.iter().map(|usage| (usage.hour, usage.version)).collect()
}

/// The books of a gateway that has stopped, two hours later: every hour that it relayed in is over, and is cut.
async fn two_hours_later(stage: &GatewayStage, late: impl FnOnce(&Ledger)) -> Vec<(DateTime<Utc>, u64)> {
    let (books, now) = (stage.books(), Clock::system().now());
    let opened =
        tokio::task::spawn_blocking(move || Ledger::open(&books, LedgerOptions::default(), now)).await.unwrap();
    let (ledger, _) = opened.unwrap();
    late(&ledger);
    ledger.flush().await.unwrap();
    let pending = ledger.pending_rollups(now + TimeDelta::hours(2), 100).await.unwrap();
    ledger.close().await.unwrap();
    pending.iter().map(|rollup| (rollup.hour, rollup.version.into())).collect()
}

type Field = fn(&GatewayUsageRow) -> i64;

/// What a row counts, by the gateway's own names; money in nano-yuan.
const FIELDS: [(&str, Field); 8] = [
    ("requests", |row| row.requests as i64),
    ("failures", |row| row.failed as i64),
    ("input_tokens", |row| row.input_tokens as i64),
    ("cached_input_tokens", |row| row.cached_tokens as i64),
    ("output_tokens", |row| row.output_tokens as i64),
    ("thinking_tokens", |row| row.thinking_tokens as i64),
    ("cny", |row| row.cny_nano),
    ("estimated_cny", |row| row.estimated_cny_nano),
];

type Sums = BTreeMap<&'static str, i64>;

/// Rows, added up.
fn sum<'a>(rows: impl Iterator<Item = &'a GatewayUsageRow> + Clone) -> Sums {
    FIELDS.map(|(name, field)| (name, rows.clone().map(field).sum())).into()
}

/// The gateway's own word on an hour, or on what of it has the parameter's value.
async fn told(gateway: &Gateway, hour: DateTime<Utc>, parameter: &str, value: &str) -> Sums {
    let day = Day::of(hour);
    let path = format!("/admin/usage?by=hour&from={day}&to={day}&{parameter}={value}");
    let told = gateway.get(&path).await;
    let key = hour.to_rfc3339_opts(SecondsFormat::Secs, true);
    let line = told["usage"].as_array().unwrap().iter().find(|line| line["key"] == key.as_str());
    let line = line.unwrap_or_else(|| panic!("{path}: {told}"));
    let number = |name: &str| match &line[name] {
        Value::String(yuan) => yuan.parse::<Cny>().unwrap().nano(),
        count => count.as_i64().unwrap(),
    };
    FIELDS.map(|(name, _)| (name, number(name))).into()
}

/// Hour by hour the warehouse says what the gateway says, of every profile, channel and model, and no hour is missing.
async fn assert_the_same(gateway: &Gateway, hours: &[GatewayUsage]) {
    type Name = fn(&GatewayUsageRow) -> &str;
    let names: [(&str, Name); 3] =
        [("profile", |row| &row.profile), ("channel", |row| &row.channel), ("model", |row| &row.model)];
    for (hour, rows) in hours.iter().map(|usage| (usage.hour, &usage.rows)) {
        for (parameter, name) in names {
            // Requests that came to nobody have neither channel nor model.
            let values: BTreeSet<&str> = rows.iter().map(name).filter(|value| !value.is_empty()).collect();
            assert!(!values.is_empty(), "{parameter}: {rows:?}");
            for value in values {
                let stored = sum(rows.iter().filter(|row| name(row) == value));
                assert_eq!(stored, told(gateway, hour, parameter, value).await, "{hour} {parameter} {value}");
            }
        }
    }
    let first = Day::of(hours[0].hour);
    let told = gateway.get(&format!("/admin/usage?by=hour&from={first}")).await;
    let keys: Vec<String> = hours.iter().map(|usage| usage.hour.to_rfc3339_opts(SecondsFormat::Secs, true)).collect();
    let told: Vec<&str> = told["usage"].as_array().unwrap().iter().map(|line| line["key"].as_str().unwrap()).collect();
    assert_eq!(told, keys, "no hour of the gateway is missing in the warehouse");
}

/// A request that came in the last second of an hour and whose answer took its time.
fn late_row(hour: DateTime<Utc>) -> RequestRow {
    let at = hour + TimeDelta::seconds(3_599);
    let usage = Usage { input: 1_000, cached_input: 400, output: 500, thinking: 200 };
    let charge = Charge {
        attempt: 1,
        channel: "key-1".into(),
        account: "key-1".into(),
        upstream_model: "qwen-plus".into(),
        day: Day::of(at),
        usage,
        cny: Cny::from_nano(1_234_567),
        reserved: Cny::from_nano(2_000_000),
        estimated: true,
        breach: None,
        price_known: true,
    };
    let attempt =
        AttemptRecord { channel: Some("key-1".into()), outcome: "cut".into(), ms: 600_000, considered: Vec::new() };
    RequestRow {
        id: "late-1".into(),
        at,
        profile: "latecomer".into(),
        token_id: None,
        endpoint: "chat_completions".into(),
        model: "qwen-plus".into(),
        stream: true,
        outcome: "cut".into(),
        failed: true,
        status: 200,
        latency_ms: 600_000,
        first_byte_ms: Some(20),
        waited_ms: 0,
        charges: vec![charge],
        decision: vec![attempt],
    }
}

async fn flush_all(stage: &GatewayStage) {
    let client = redis::Client::open(stage.redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
}

/// Real gateway, real Redis, real ingest-worker: hours travel from the books into a published generation, once, whatever is
/// sent again, and a second version of an hour takes the place of the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_the_gateway_becomes_rows_of_the_warehouse_that_say_the_same() {
    let stage = stage_with_a_warehouse().await;
    let gateway = stage.gateway().await;
    for (profile, asks) in [("analyst", 5), ("intern", 3)] {
        let caller = gateway.caller(profile).await;
        for turn in 0..asks {
            assert_eq!(caller.chat(json!({"stream": turn % 2 == 1})).await.status, 200);
        }
    }
    // A failed attempt with a good end, an estimate, and a request that fails.
    let caller = gateway.caller("analyst").await;
    stage.llm.faults().next(1, "", LlmFault::Refuse(LlmRefusal::Internal));
    assert_eq!(caller.chat(json!({})).await.status, 200);
    stage.llm.faults().next(1, "", LlmFault::UsageMissing);
    assert_eq!(caller.chat(json!({})).await.status, 200);
    stage.llm.faults().next(2, "", LlmFault::Refuse(LlmRefusal::Internal));
    assert_eq!(caller.chat(json!({})).await.status, 502);
    gateway.is_idle().await;
    gateway.daemon.stop().await;

    let cut = two_hours_later(&stage, |_| ()).await;
    assert!(!cut.is_empty() && cut.iter().all(|(_, version)| *version == 1), "{cut:?}");
    let gateway = stage.gateway().await;
    let worker = Daemon::start(stage.command("ingest-worker")).await;
    let first = eventually("the hours are published", async || {
        let hours = published(&stage);
        (versions(&hours) == cut).then_some(hours)
    })
    .await;
    assert_the_same(&gateway, &first).await;
    let all = sum(first.iter().flat_map(|usage| &usage.rows));
    assert_eq!((all["requests"], all["failures"]), (11, 1), "{first:?}");
    assert!(all["estimated_cny"] > 0 && all["cny"] >= stage.llm.billed_nano(), "{first:?}");
    gateway.daemon.stop().await;

    // Redis forgets before the gateway has heard that the hours are there: they are sent again, and nothing changes.
    flush_all(&stage).await;
    let gateway = stage.gateway().await;
    let queue: Queue<WarehouseWriteJob> =
        Queue::new(&Broker::connect(&stage.redis.url()).unwrap(), WAREHOUSE_WRITE).unwrap();
    for (hour, _) in &cut {
        let id = format!("usage@{}v1", hour.to_rfc3339_opts(SecondsFormat::Secs, true));
        let job = eventually("the hour was sent again", async || {
            let job = queue.show(&id).await.ok()?;
            (job.summary.state == JobState::Done).then_some(job)
        })
        .await;
        assert_eq!(job.result, Some(json!({"stored": 0, "known": 1})));
    }
    assert_eq!(published(&stage), first);
    gateway.daemon.stop().await;

    // The next gateway hears of it, and has nothing left to send.
    let gateway = stage.gateway().await;
    eventually("the gateway knows", async || gateway.daemon.says("v1 is in the warehouse").then_some(())).await;
    gateway.daemon.stop().await;

    // A late row: the hour is reported anew, as a whole.
    let hour = cut[0].0;
    let again = two_hours_later(&stage, |ledger| ledger.record(late_row(hour)).unwrap()).await;
    assert!(again.contains(&(hour, 2)), "{again:?}");
    let gateway = stage.gateway().await;
    let second = eventually("the late row is published", async || {
        let hours = published(&stage);
        hours.iter().any(|usage| (usage.hour, usage.version) == (hour, 2)).then_some(hours)
    })
    .await;
    assert_the_same(&gateway, &second).await;
    let mut without: BTreeMap<_, _> = second.iter().map(|usage| (usage.hour, usage.rows.clone())).collect();
    let rows = without.get_mut(&hour).unwrap();
    let late: Vec<_> = rows.extract_if(.., |row| row.profile == "latecomer").collect();
    assert_eq!((late.len(), late[0].cny_nano, late[0].thinking_tokens), (1, 1_234_567, 200));
    let before: BTreeMap<_, _> = first.iter().map(|usage| (usage.hour, usage.rows.clone())).collect();
    assert_eq!(without, before, "the rest of the hour is what it was");
    gateway.daemon.stop().await;
    worker.stop().await;
}
