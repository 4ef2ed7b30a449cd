//! What is settled leaves the log after its time, what is open stays.

use chrono::Days;
use quality_rules::Severity;
use serde_json::json;
use warehouse::{FindingsRecord, FindingsScope, JobRun, QuarantineDecision, Writer, WriterOptions};

use crate::{
    gateway_usage,
    market::{Market, minute, options, read_tail},
};

#[test]
fn closed_findings_decided_rows_runs_and_checks_go_after_their_time_and_nothing_that_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(1, 4, 5);
    let mut writer = Writer::open(folder.path(), WriterOptions { keep_log_days: 30, ..options() }).unwrap();
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut bad = market.day_batch(0, minute(1));
    bad.daily[0].value.close = 0.0;
    bad.limits[0].value.up_limit = -1.0;
    writer.commit(bad, minute(1)).unwrap();
    // The limit is superseded, the bar stays held.
    let mut limits = market.day_batch(0, minute(2));
    limits.daily.clear();
    limits.partitions.clear();
    writer.commit(limits, minute(2)).unwrap();
    writer
        .raise_dataset_finding(
            "batch_drift",
            "tushare",
            "daily",
            Severity::Error,
            "a column is gone",
            json!({}),
            minute(2),
        )
        .unwrap();
    writer
        .raise_dataset_finding("schema", "tushare", "daily", Severity::Error, "no rows", json!({}), minute(2))
        .unwrap();
    writer.clear_dataset_finding("schema", "tushare", "daily", minute(3)).unwrap();
    let check = |dates, at| FindingsRecord {
        check: "check_generation".to_owned(),
        generation: Some(1),
        commit_seq: 2,
        checked_at: minute(at),
        scope: FindingsScope { checks: vec!["ohlc_order".to_owned()], dates, from_code: None, to_code: None },
        last: true,
        findings: Vec::new(),
    };
    writer.record_findings(&check(None, 3), minute(3)).unwrap();
    writer.record_findings(&check(Some(vec![market.days[0]]), 4), minute(4)).unwrap();
    let run = JobRun {
        job_id: "a".into(),
        kind: "fetch_daily_market".into(),
        args: json!({}),
        started_at: minute(1),
        finished_at: minute(2),
        outcome: "ok".into(),
        rows: 1,
        message: None,
    };
    writer.record_run(&run).unwrap();
    let hour = gateway_usage::report(0, 1, vec![gateway_usage::row("alice", "sf-1", 1)]);
    writer.record_gateway_usage(&hour, minute(5)).unwrap();
    writer.publish(minute(5)).unwrap();

    let today = minute(5).date_naive();
    writer.expire_features(today + Days::new(30)).unwrap();
    assert!(!writer.has_unpublished_bookkeeping(), "nothing is that old yet");
    let seq = writer.status().unwrap().commit_seq;
    writer.expire_features(today + Days::new(31)).unwrap();
    assert!(writer.has_unpublished_bookkeeping());
    let status = writer.status().unwrap();
    assert_eq!((status.commit_seq, status.quarantined), (seq, 1));
    assert_eq!(
        status.last_checks.get("check_generation"),
        Some(&minute(3)),
        "when all was checked last is still known"
    );
    assert!(status.recent_runs.is_empty());
    let nobody = QuarantineDecision { by: "ops".into(), note: String::new(), force: false, job_id: "d".into() };
    assert!(writer.discard_quarantine(&["x".to_owned()], &nobody, minute(6)).unwrap().released.is_empty());
    drop(writer);
    let log = "SELECT concat_ws(' ', check_name, closed_at IS NULL) FROM quality_log ORDER BY ALL";
    let expected = ["batch_drift true", "incomplete_day true", "nonpositive_price true"];
    assert_eq!(read_tail::<String>(folder.path(), log), expected);
    assert_eq!(read_tail::<String>(folder.path(), "SELECT state FROM quarantine"), ["held"]);
    assert_eq!(read_tail::<i64>(folder.path(), "SELECT count(*) FROM gateway_usage"), [0]);
}
