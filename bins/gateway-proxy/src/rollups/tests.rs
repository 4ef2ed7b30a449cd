use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use gateway_ledger::{AttemptRecord, Charge, LedgerOptions, RequestRow};
use job_queue::{
    Broker, BrokerOptions, JobContext, JobDetail, JobError, WorkerOptions, Workers, WorkersOptions,
    payload::queue_name::WAREHOUSE_WRITE, private_redis::RedisServer,
};
use route_policy::{Cny, Day, Usage};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
};

use super::*;

struct Stage {
    redis: RedisServer,
    queue: Queue<WarehouseWriteJob>,
    ledger: Ledger,
    clock: Clock,
    rollups: Rollups,
    _folder: TempDir,
}

fn hour() -> DateTime<Utc> {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

const FIRST: &str = "usage@2026-11-23T02:00:00Zv1";

impl Stage {
    /// With one request in the hour from 02:00 on, looked at well after its end.
    async fn start() -> Self {
        let (redis, folder) = (RedisServer::start().await.unwrap(), tempfile::tempdir().unwrap());
        let (ledger, _) = Ledger::open(folder.path(), LedgerOptions::default(), hour()).unwrap();
        let clock = Clock::fixed(hour() + TimeDelta::minutes(90));
        let patience = Duration::from_millis(500);
        let options = BrokerOptions { patience, ..BrokerOptions::default() };
        let queue = Queue::new(&Broker::with_options(&redis.url(), options).unwrap(), WAREHOUSE_WRITE).unwrap();
        let rollups = Rollups::new(ledger.clone(), queue.clone(), clock.clone(), Duration::from_secs(60));
        let stage = Self { redis, queue, ledger, clock, rollups, _folder: folder };
        stage.request("00000000000000a1", 1_200_000_001).await;
        stage
    }

    async fn request(&self, id: &str, nano: i64) {
        self.ledger.record(row(id, nano)).unwrap();
        self.ledger.flush().await.unwrap();
    }

    async fn look(&self) -> Look {
        self.rollups.look().await.unwrap()
    }

    async fn job(&self, id: &str) -> JobDetail {
        self.queue.show(id).await.unwrap()
    }

    /// Redis forgets everything.
    async fn flush(&self) {
        let mut redis = TcpStream::connect(("127.0.0.1", self.redis.port())).await.unwrap();
        redis.write_all(b"FLUSHALL\r\n").await.unwrap();
        let mut answer = [0; 5];
        redis.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// Somebody writes, or refuses, whatever waits until `id` has ended.
    async fn write(&self, id: &str, refuse: bool) {
        let timings = WorkersOptions { poll: Duration::from_millis(10), ..WorkersOptions::default() };
        let mut workers = Workers::with_options(timings);
        workers.mount(&self.queue, WorkerOptions::default(), move |_: WarehouseWriteJob, _: JobContext| async move {
            if refuse { Err(JobError::fatal("`rows[0].cny` is wrong")) } else { Ok(()) }
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(workers.run(async move {
            let _ = stopped.await;
        }));
        let waiting = async {
            while !self.job(id).await.summary.state.is_final() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
        stop.send(()).unwrap();
        task.await.unwrap();
    }
}

fn row(id: &str, nano: i64) -> RequestRow {
    let channel: Arc<str> = "sf-1".into();
    let charge = Charge {
        attempt: 1,
        channel: channel.clone(),
        account: "sf".into(),
        upstream_model: "Qwen/Qwen3".into(),
        day: Day::of(hour()),
        usage: Usage { input: 900, cached_input: 100, output: 400, thinking: 50 },
        cny: Cny::from_nano(nano),
        reserved: Cny::from_yuan(2),
        estimated: false,
        breach: None,
        price_known: true,
    };
    RequestRow {
        id: id.into(),
        at: hour() + TimeDelta::minutes(5),
        profile: "alice".into(),
        token_id: Some("a".into()),
        endpoint: Cow::Borrowed("chat.completions"),
        model: "qwen-plus".into(),
        stream: false,
        outcome: Cow::Borrowed("ok"),
        failed: false,
        status: 200,
        latency_ms: 800,
        first_byte_ms: Some(200),
        waited_ms: 0,
        charges: vec![charge],
        decision: vec![AttemptRecord { channel: Some(channel), outcome: "ok".into(), ms: 800, considered: Vec::new() }],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_pushed_once_and_leaves_the_books_when_the_warehouse_has_it() {
    let stage = Stage::start().await;
    assert_eq!(stage.look().await, Look { pushed: 1, ..Look::default() });
    let WarehouseWriteJob::RecordGatewayUsage(report) =
        serde_json::from_value(stage.job(FIRST).await.payload.unwrap()).unwrap()
    else {
        panic!("another job")
    };
    let row = &report.rows[0];
    assert_eq!((report.hour, report.report, report.rows.len()), (hour(), 1, 1));
    assert_eq!((&*row.profile, &*row.channel, &*row.model), ("alice", "sf-1", "qwen-plus"));
    assert_eq!((row.requests, row.failed, row.input_tokens, row.cached_tokens), (1, 0, 900, 100));
    assert_eq!((row.output_tokens, row.thinking_tokens, row.cny_nano), (400, 50, 1_200_000_001));
    assert_eq!(stage.look().await, Look { waiting: 1, ..Look::default() });
    stage.write(FIRST, false).await;
    assert_eq!(stage.look().await, Look { recorded: 1, ..Look::default() });
    assert_eq!(stage.look().await, Look::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_is_not_over_waits() {
    let stage = Stage::start().await;
    stage.clock.set(hour() + TimeDelta::minutes(59));
    assert_eq!(stage.look().await, Look::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_forgot_is_pushed_again() {
    let stage = Stage::start().await;
    assert_eq!(stage.look().await.pushed, 1);
    stage.flush().await;
    assert_eq!(stage.look().await, Look { pushed: 1, ..Look::default() });
    stage.write(FIRST, false).await;
    assert_eq!(stage.look().await.recorded, 1);
    // What the warehouse has is not sent again, whatever Redis forgets.
    stage.flush().await;
    assert_eq!(stage.look().await, Look::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_hours_stay_in_the_books() {
    let mut stage = Stage::start().await;
    stage.redis.kill().unwrap();
    for _ in 0..2 {
        let error = stage.rollups.look().await.unwrap_err();
        assert!(matches!(&error, RollupError::Queue(QueueError::Unreachable(_))), "{error}");
    }
    stage.redis.start_again().await.unwrap();
    assert_eq!(stage.look().await, Look { pushed: 1, ..Look::default() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_came_late_makes_a_new_report_of_the_whole_hour() {
    let stage = Stage::start().await;
    assert_eq!(stage.look().await.pushed, 1);
    stage.write(FIRST, false).await;
    assert_eq!(stage.look().await.recorded, 1);
    stage.request("00000000000000a2", 5).await;
    assert_eq!(stage.look().await, Look { pushed: 1, ..Look::default() });
    let payload = stage.job("usage@2026-11-23T02:00:00Zv2").await.payload.unwrap();
    assert_eq!(
        (&payload["rows"][0]["requests"], &payload["rows"][0]["cny_nano"]),
        (&2.into(), &1_200_000_006_i64.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_the_warehouse_refuses_stays_in_the_books_and_is_told() {
    let stage = Stage::start().await;
    assert_eq!(stage.look().await.pushed, 1);
    stage.write(FIRST, true).await;
    assert_eq!(stage.job(FIRST).await.summary.state, JobState::Dead);
    for _ in 0..2 {
        assert_eq!(stage.look().await, Look { refused: 1, ..Look::default() });
    }
}
