//! `record_findings`: many findings, few publishes, clear results.

use chrono::NaiveDate;
use job_queue::{
    JobState,
    payload::{FindingRecord, FindingScope, RecordFindings, WarehouseWriteJob},
};
use serde_json::json;

use crate::{
    quality_stand_in::findings,
    world::{World, fetch_day, ten_days},
};

/// Findings in one part, and parts.
const IN_A_PART: u32 = 500;
const PARTS: u32 = 10;

fn finding(number: u32, date: NaiveDate) -> FindingRecord {
    FindingRecord {
        check: "ohlc_order".to_owned(),
        severity: "warning".to_owned(),
        code: Some(code(number)),
        trade_date: Some(date),
        subject: String::new(),
        message: "the close lies above the high".to_owned(),
        details: json!({ "close": 11.5, "high": 11.4 }),
    }
}

fn code(number: u32) -> String {
    format!("{:06}.SH", 600_000 + number)
}

/// Part `number` of a check of one day: the codes of that part, each with a finding.
fn part(number: u32, date: NaiveDate, (generation, commit_seq): (u64, u64)) -> WarehouseWriteJob {
    let first = number * IN_A_PART;
    WarehouseWriteJob::RecordFindings(Box::new(RecordFindings {
        check: "check_generation".to_owned(),
        generation: Some(generation),
        commit_seq,
        checked_at: "2024-01-15T12:00:00Z".parse().unwrap(),
        scope: FindingScope {
            checks: vec!["ohlc_order".to_owned()],
            dates: Some(vec![date]),
            from_code: (number > 0).then(|| code(first)),
            to_code: (number + 1 < PARTS).then(|| code(first + IN_A_PART)),
        },
        last: number + 1 == PARTS,
        findings: (first..first + IN_A_PART).map(|number| finding(number, date)).collect(),
    }))
}

/// A world with its last day, published.
async fn with_a_day() -> (World, NaiveDate, (u64, u64)) {
    let world = World::start(ten_days()).await;
    let day = world.market.range().1;
    world.run("day", &fetch_day(day)).await;
    let seen = (world.generation().number(), world.generation().manifest().commit_seq);
    (world, day, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_findings_in_ten_parts_make_one_publish_of_bookkeeping() {
    let (mut world, day, seen) = with_a_day().await;
    let before = seen.0;
    for number in 0..PARTS {
        let job = world.write(&format!("part-{number}"), &part(number, day, seen), JobState::Done).await;
        assert_eq!(job.result.unwrap(), json!({ "opened": IN_A_PART, "kept": 0, "closed": 0, "skipped_days": 0 }));
    }
    assert_eq!(world.generation().number(), before, "findings wait for others");
    let status = world.status("that they are open", |status| status.open_findings.get("warning") == Some(&5_000)).await;
    assert_eq!(status.last_checks["check_generation"].to_rfc3339(), "2024-01-15T12:00:00+00:00");

    world.stop_worker().await;
    let after = world.generation();
    assert_eq!(after.number(), before + 1, "all of them together");
    assert_eq!(after.manifest().commit_seq, seen.1, "and nothing but bookkeeping");
    assert_eq!(after.open_finding_counts().unwrap(), [("ohlc_order".to_owned(), "warning".to_owned(), 5_000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_again_stays_and_what_is_not_is_closed() {
    let (world, day, (generation, commit_seq)) = with_a_day().await;
    let found = |numbers: std::ops::Range<u32>| {
        findings(generation, commit_seq, Some(vec![day]), numbers.map(|number| finding(number, day)).collect())
    };
    let result = async |id: &str, job: &WarehouseWriteJob| {
        let report = world.write(id, job, JobState::Done).await.result.unwrap();
        ["opened", "kept", "closed", "skipped_days"].map(|count| report[count].as_u64().unwrap())
    };
    assert_eq!(result("first", &found(0..3)).await, [3, 0, 0, 0]);
    assert_eq!(result("again", &found(0..3)).await, [0, 3, 0, 0], "delivered twice");
    assert_eq!(result("later", &found(2..4)).await, [1, 1, 2, 0]);
    assert_eq!(result("clean", &found(0..0)).await, [0, 0, 2, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_contradicts_itself_is_a_dead_letter_that_names_the_field() {
    let (world, day, (generation, commit_seq)) = with_a_day().await;
    let wrong = FindingRecord { severity: "dreadful".to_owned(), ..finding(1, day) };
    let job = findings(generation, commit_seq, Some(vec![day]), vec![finding(0, day), wrong]);
    let dead = world.write("wrong", &job, JobState::Dead).await;
    let error = dead.summary.error.unwrap();
    assert!(error.contains("findings[1].severity") && error.contains("dreadful"), "{error}");
    assert_eq!(dead.starts, 1, "never tried again");
    assert_eq!(world.get("/readyz").await.0, 200, "and no trouble of the writer's");
    let job = findings(generation, commit_seq, Some(vec![day]), vec![finding(0, day)]);
    world.write("right", &job, JobState::Done).await;
}
