//! Ticks, with a clock in the test's hand.

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Asia::Shanghai;
use job_queue::{
    Fired, JobState, Pushed, Queue, ScheduleError, Scheduler,
    payload::{IngestJob, queue_name},
};

use crate::support::Harness;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn queue(harness: &Harness) -> Queue<IngestJob> {
    Queue::new(&harness.broker, queue_name::INGEST).unwrap()
}

/// 18:30 on working days in Shanghai, 10:30 UTC.
fn scheduler(queue: &Queue<IngestJob>) -> Scheduler<IngestJob> {
    let mut scheduler = Scheduler::new(queue, Shanghai);
    scheduler
        .entry("daily", "0 30 18 * * *", |tick| {
            let trade_date = tick.date_naive();
            let open = !matches!(trade_date.weekday(), Weekday::Sat | Weekday::Sun);
            open.then(|| IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date })
        })
        .unwrap();
    scheduler
}

fn ids(fired: &[Fired]) -> Vec<String> {
    let new = fired.iter().filter_map(|fired| match &fired.pushed {
        Some(Pushed::New { id }) => Some(id.clone()),
        _ => None,
    });
    new.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_becomes_one_job_at_its_time() {
    let harness = Harness::start().await;
    let queue = queue(&harness);
    let scheduler = scheduler(&queue);
    assert_eq!(
        scheduler.tick(utc("2026-11-20T09:00:00Z")).await.unwrap(),
        [],
        "the first look makes no job of the past"
    );
    assert_eq!(scheduler.next_due(utc("2026-11-20T09:00:00Z")).unwrap().to_rfc3339(), "2026-11-20T18:30:00+08:00");
    assert_eq!(scheduler.tick(utc("2026-11-20T10:29:59Z")).await.unwrap(), []);
    let fired = scheduler.tick(utc("2026-11-20T10:30:00Z")).await.unwrap();
    assert_eq!(ids(&fired), ["daily@2026-11-20T18:30:00+08:00"]);
    assert_eq!(scheduler.tick(utc("2026-11-20T10:30:01Z")).await.unwrap(), []);
    let job = queue.show("daily@2026-11-20T18:30:00+08:00").await.unwrap();
    let trade_date = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let payload: IngestJob = serde_json::from_value(job.payload.unwrap()).unwrap();
    assert_eq!(payload, IngestJob::FetchDailyMarket { source: "tushare".to_owned(), trade_date });
    let saturday = scheduler.tick(utc("2026-11-21T10:30:00Z")).await.unwrap();
    assert_eq!(saturday.iter().map(|fired| fired.pushed.clone()).collect::<Vec<_>>(), [None], "no job on a closed day");
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_missed_while_nobody_scheduled_collapse_into_the_latest() {
    let harness = Harness::start().await;
    let queue = queue(&harness);
    scheduler(&queue).tick(utc("2026-11-16T00:00:00Z")).await.unwrap();
    let after_four_days = scheduler(&queue);
    let fired = after_four_days.tick(utc("2026-11-20T12:00:00Z")).await.unwrap();
    assert_eq!(ids(&fired), ["daily@2026-11-20T18:30:00+08:00"]);
    assert_eq!(queue.stats().await.unwrap().waiting, 1);
    let back_in_time = after_four_days.tick(utc("2026-11-19T12:00:00Z")).await.unwrap();
    assert_eq!(back_in_time, [], "a clock that is set back repeats nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_schedulers_make_every_job_once() {
    let harness = Harness::start().await;
    let queue = queue(&harness);
    let (one, two) = (scheduler(&queue), scheduler(&queue));
    let start = utc("2026-11-16T00:00:00Z");
    let mut pushed = Vec::new();
    for hour in 0..24 * 5 {
        let now = start + TimeDelta::hours(hour);
        let (first, second) = tokio::join!(one.tick(now), two.tick(now));
        pushed.extend(ids(&first.unwrap()));
        pushed.extend(ids(&second.unwrap()));
    }
    let expected: Vec<_> = (16..=20).map(|day| format!("daily@2026-11-{day}T18:30:00+08:00")).collect();
    assert_eq!(pushed, expected);
    assert_eq!(queue.stats().await.unwrap().waiting, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_that_could_not_be_pushed_stays_due() {
    let mut harness = Harness::start().await;
    let queue = queue(&harness);
    let scheduler = scheduler(&queue);
    scheduler.tick(utc("2026-11-20T09:00:00Z")).await.unwrap();
    harness.redis.stop().unwrap();
    let hasty = Queue::new(&Harness::broker(&harness.redis, Duration::from_millis(300)), queue.name()).unwrap();
    assert!(self::scheduler(&hasty).tick(utc("2026-11-20T10:30:00Z")).await.unwrap_err().is_unreachable());
    harness.redis.start_again().await.unwrap();
    let fired = scheduler.tick(utc("2026-11-20T10:35:00Z")).await.unwrap();
    assert_eq!(ids(&fired), ["daily@2026-11-20T18:30:00+08:00"]);
    assert_eq!(queue.show("daily@2026-11-20T18:30:00+08:00").await.unwrap().summary.state, JobState::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_follows_its_clock_until_it_is_stopped() {
    let harness = Harness::start().await;
    let queue = queue(&harness);
    let scheduler = scheduler(&queue);
    scheduler.tick(utc("2026-11-20T09:00:00Z")).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let clock: job_queue::Clock = std::sync::Arc::new(|| utc("2026-11-20T10:30:00Z"));
    let looping = tokio::spawn(async move { scheduler.run(clock, async { drop(stopped.await) }).await });
    crate::support::until("the job is there", async || queue.stats().await.unwrap().waiting == 1).await;
    stop.send(()).unwrap();
    looping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_entry_is_refused_with_its_reason() {
    let harness = Harness::start().await;
    let queue = queue(&harness);
    let mut scheduler = scheduler(&queue);
    let refusal =
        |answer: Result<&mut Scheduler<IngestJob>, ScheduleError>| answer.map(|_| ()).unwrap_err().to_string();
    assert!(refusal(scheduler.entry("five", "30 18 * * *", |_| None)).contains("5 fields"));
    assert!(refusal(scheduler.entry("zero", "0 30 18 * * 0", |_| None)).contains("1 is Sunday"));
    assert!(refusal(scheduler.entry("daily", "0 30 18 * * *", |_| None)).contains("twice"));
    assert!(refusal(scheduler.entry("a b", "0 30 18 * * *", |_| None)).contains("printable"));
}
