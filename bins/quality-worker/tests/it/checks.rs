//! The job `check_generation`: what it reads, what it sends, and how often.

use job_queue::{JobState, Pushed, payload::RecordFindings};
use serde_json::json;

use crate::{
    shop::{closing_at, day, september},
    wait,
    world::{World, check, check_all, field, said},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_is_not_there_yet_is_waited_for_and_a_newer_one_serves() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(2);
    world.push("early", &check(2, &days)).await;
    says(&world, "early", "nothing has been published yet").await;
    world.shop.store_clean("tushare", &days[..1]);
    let first = world.shop.publish();
    world.push("second", &check(first + 1, &days)).await;
    says(&world, "second", &format!("generation {} is not there yet, {first} is", first + 1)).await;
    world.shop.store_clean("tushare", &days[1..]);
    let second = world.shop.publish();
    for id in ["second", "early"] {
        let job = world.reaches(id, JobState::Done).await;
        assert!(job.result.unwrap()["generation"].as_u64() >= Some(first), "{id}");
    }
    // Asked for the first one, it reads what is current.
    let result = world.run("old", &check(first, &days)).await;
    assert_eq!(result, json!({"generation": second, "days": 2, "codes": 20, "findings": {}, "parts": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_comes_twice_or_is_repeated_sends_nothing_twice() {
    let mut world = World::set_up(700).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[0], |_, bar| closing_at(1.001, bar));
    let generation = world.publish_and_check(&days).await;
    let id = format!("check_generation@{generation}");
    let recorded = world.recorded().await;
    assert_eq!(recorded.len(), 2);
    assert!(matches!(world.push(&id, &check(generation, &days)).await, Pushed::Duplicate { .. }));

    // The worker died before it could note the end of the job, long ago: the job comes again.
    world.run(&format!("{id}#again"), &check(generation, &days)).await;
    let again = world.recorded().await;
    assert_eq!(again.len(), 4, "another job has ids of its own");
    let parts =
        |from: usize| again[from..from + 2].iter().map(|(_, part)| (&part.scope, &part.findings)).collect::<Vec<_>>();
    assert_eq!(parts(0), parts(2), "and finds the same");
    for (_, part) in &again {
        world.shop.record(part);
    }
    let next = world.shop.publish();
    assert_eq!(world.run("after", &check(next, &days)).await["findings"], json!({"cross_source": 700}));
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_writers_redis_is_away_the_job_waits_and_nothing_is_lost() {
    let mut world = World::set_up(600).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[0], |_, bar| closing_at(1.001, bar));
    let generation = world.shop.publish();
    world.writers_redis.kill().unwrap();
    world.push("job", &check(generation, &days)).await;
    wait::until("it was tried", async || {
        let job = world.queue.show("job").await.unwrap();
        job.summary.error.is_some()
    })
    .await;
    let (status, ready) = world.get("/readyz").await;
    assert!(status == 503 && ready.contains("warehouse-write"), "{ready}");
    assert!(world.receiver.attempts().is_empty(), "nobody is told before it is recorded");
    world.writers_redis.start_again().await.unwrap();
    world.reaches("job", JobState::Done).await;
    let recorded = world.recorded().await;
    assert_eq!(recorded.iter().map(|(_, part)| part.findings.len()).sum::<usize>(), 600);
    assert_eq!(recorded.iter().filter(|(_, part)| part.last).count(), 1);
    world.told(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_history_finds_what_its_days_find() {
    let mut world = World::set_up(30).await;
    world.start().await.unwrap();
    let days = september(14);
    world.shop.store_clean("tushare", &days);
    for (at, date) in days.iter().enumerate() {
        world.shop.store("tdx", *date, |nth, bar| closing_at(if nth % 14 == at { 1.001 } else { 1.0 }, bar));
    }
    let generation = world.publish_and_check(&days).await;
    let mut of_days = world.found(&format!("check_generation@{generation}")).await;
    world.run("all", &check_all()).await;
    let mut of_all = world.found("all").await;
    of_days.sort();
    of_all.sort();
    assert_eq!((of_days.len(), &of_days), (30, &of_all));
    let recorded = world.recorded().await;
    assert_eq!(recorded.last().unwrap().1.scope.dates, None);
    world.told(1).await;
    let progress = world.get("/metrics").await.1;
    assert!(progress.contains("quality_check_progress_ratio 1"), "{progress}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_than_anybody_reads_the_rest_is_one_entry_and_all_are_told() {
    let mut world = World::set_up(5_200).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    days.iter().for_each(|date| world.shop.store("tdx", *date, |_, bar| closing_at(1.001, bar)));
    let generation = world.publish_and_check(&days).await;
    let rest = |findings: &[(String, String, Option<chrono::NaiveDate>)]| {
        findings.iter().filter(|(_, code, _)| code.is_empty()).map(|(_, _, day)| *day).collect::<Vec<_>>()
    };
    let of_days = world.found(&format!("check_generation@{generation}")).await;
    assert_eq!(rest(&of_days), days.iter().copied().map(Some).collect::<Vec<_>>(), "of some days: one entry a day");
    assert_eq!(of_days.len(), 10_000 + days.len());
    world.clock.advance(chrono::TimeDelta::minutes(1));
    let result = world.run("all", &check_all()).await;
    assert_eq!(result["findings"], json!({"cross_source": 10_400}));
    assert_eq!(rest(&world.found("all").await), [None], "of the whole history: one");
    let told = world.told(1).await;
    assert_eq!(field(&told[0], "count"), 10_400);

    let (_, last) = world.recorded().await.pop().unwrap();
    assert_eq!((&last.scope.from_code, last.last), (&None, true), "what has no code is sent with the first codes");
    assert_eq!(world.shop.record(&last).opened as usize, last.findings.len());
    let healed = RecordFindings { generation: Some(generation + 1), findings: Vec::new(), ..last.clone() };
    assert_eq!(world.shop.record(&healed).closed as usize, last.findings.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_days_and_days_without_data_are_judged_without_findings() {
    let mut world = World::set_up(5).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    let generation = world.shop.publish();
    let others = vec![day("2026-09-05"), day("1990-12-19"), day("2100-01-01")];
    // To the writer a scope without days would be a mistake.
    for (id, dates, parts) in [("none", vec![], 0), ("other", others, 1)] {
        let result = world.run(id, &check(generation, &dates)).await;
        assert_eq!((&result["findings"], &result["parts"]), (&json!({}), &json!(parts)), "{id}");
        assert_eq!(world.recorded().await.len(), parts, "{id}");
    }
    for (_, part) in world.recorded().await {
        world.shop.record(&part);
    }
    // Days may come in any order, and twice.
    let result = world.run("unsorted", &check(generation, &[days[1], days[0], days[1]])).await;
    assert_eq!(result["days"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_worker_does_not_get_the_same_folder() {
    let mut world = World::set_up(1).await;
    world.start().await.unwrap();
    let mut command = world.program();
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("another quality-worker uses"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_killed_between_two_instructions_comes_back() {
    let mut world = World::set_up(2_000).await;
    world.start().await.unwrap();
    let days = september(3);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[0], |_, bar| closing_at(1.001, bar));
    let generation = world.shop.publish();
    world.push("job", &check(generation, &days)).await;
    wait::until("it has begun", async || {
        world.queue.show("job").await.is_ok_and(|job| job.summary.state != JobState::Waiting)
    })
    .await;
    world.kill().await;
    world.start().await.unwrap();
    let done = world.reaches("job", JobState::Done).await;
    assert_eq!(done.result.unwrap()["findings"], json!({"cross_source": 2_000}));
    let recorded = world.recorded().await;
    assert_eq!(recorded.len(), 4, "{:?}", recorded.iter().map(|(id, _)| id).collect::<Vec<_>>());
    assert_eq!(said(&world.told(1).await), ["firing cross_source"]);
}

/// Waits until the job says why it failed.
async fn says(world: &World, id: &str, text: &str) {
    wait::until(text, async || {
        let job = world.queue.show(id).await.unwrap();
        job.summary.error.is_some_and(|error| error.contains(text))
    })
    .await;
}
