//! Hours of the gateway: the latest report of an hour counts, whatever order they come in.

use chrono::{DateTime, TimeDelta, Utc};
use warehouse::{GatewayUsage, GatewayUsageRow, Generation, Reader, ReaderOptions, UsageRecorded, WarehouseError};

use crate::market::{Market, minute, read_tail, writer};

/// The `at`-th hour from the one that holds the market's first batches.
pub(crate) fn hour(at: i64) -> DateTime<Utc> {
    let first = minute(0).timestamp();
    DateTime::from_timestamp(first - first % 3_600, 0).unwrap() + TimeDelta::hours(at)
}

pub(crate) fn report(at: i64, version: u64, rows: Vec<GatewayUsageRow>) -> GatewayUsage {
    GatewayUsage { hour: hour(at), version, rows }
}

pub(crate) fn row(profile: &str, channel: &str, requests: u64) -> GatewayUsageRow {
    GatewayUsageRow {
        profile: profile.to_owned(),
        channel: channel.to_owned(),
        model: "qwen-plus".to_owned(),
        requests,
        failed: 1,
        input_tokens: 1_000 * requests,
        cached_tokens: 10,
        output_tokens: 500 * requests,
        thinking_tokens: 100,
        cny_nano: 1_234_567_891,
        estimated_cny_nano: 1,
    }
}

fn published(root: &std::path::Path) -> std::sync::Arc<Generation> {
    Reader::open(root.join("published"), ReaderOptions::default()).unwrap().current().unwrap()
}

#[test]
fn of_an_hour_the_latest_report_counts_whatever_order_they_come_in() {
    let one = report(0, 1, vec![row("alice", "sf-1", 1)]);
    let two = report(0, 2, vec![row("bob", "sf-1", 5), row("alice", "sf-1", 2)]);
    let next = report(1, 1, vec![row("alice", "sf-2", 3)]);
    let mut answers = Vec::new();
    for order in [[&one, &two, &next], [&two, &one, &next], [&next, &two, &one]] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        // Every report twice, as a queue may deliver it.
        for report in order.into_iter().chain(order) {
            writer.record_gateway_usage(report, minute(1)).unwrap();
        }
        writer.publish(minute(2)).unwrap();
        answers.push(published(folder.path()).gateway_usage(hour(0), hour(2)).unwrap());
    }
    let sorted = report(0, 2, vec![row("alice", "sf-1", 2), row("bob", "sf-1", 5)]);
    assert_eq!(answers[0], [sorted, next]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn a_report_that_is_known_changes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let mut record =
        |version| writer.record_gateway_usage(&report(0, version, vec![row("a", "c", 1)]), minute(1)).unwrap();
    assert_eq!(record(3), UsageRecorded::Stored);
    assert_eq!(record(3), UsageRecorded::Known { version: 3 });
    assert_eq!(record(2), UsageRecorded::Known { version: 3 });
    writer.publish(minute(2)).unwrap();
    assert!(!writer.has_unpublished_bookkeeping());
    writer.record_gateway_usage(&report(0, 3, vec![row("a", "c", 1)]), minute(3)).unwrap();
    assert!(!writer.has_unpublished_bookkeeping(), "nothing to publish");
}

#[test]
fn money_is_exact_and_usage_is_no_market_data() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(7, 4, 3);
    let mut writer = writer(folder.path());
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let before = (writer.logical_sums().unwrap().0, writer.status().unwrap().commit_seq);
    let extreme = |nano| GatewayUsageRow { cny_nano: nano, estimated_cny_nano: nano, ..row("a", &nano.to_string(), 1) };
    let amounts = [0, 1, 999_999_999, 1_000_000_001, 999_999_999_999_999_999];
    writer.record_gateway_usage(&report(0, 1, amounts.map(extreme).into()), minute(1)).unwrap();
    assert_eq!((writer.logical_sums().unwrap().0, writer.status().unwrap().commit_seq), before);
    writer.publish(minute(2)).unwrap();
    writer.compact(minute(3)).unwrap();
    writer.publish(minute(4)).unwrap();
    let hours = published(folder.path()).gateway_usage(hour(0), hour(1)).unwrap();
    let mut read: Vec<i64> = hours[0].rows.iter().map(|row| row.cny_nano).collect();
    read.sort_unstable();
    assert_eq!(read, amounts, "through a compaction, too");
    assert!(hours[0].rows.iter().all(|row| row.cny_nano == row.estimated_cny_nano));
    drop(writer);
    let yuan = "SELECT cny::VARCHAR FROM gateway_usage ORDER BY cny DESC LIMIT 1";
    assert_eq!(read_tail::<String>(folder.path(), yuan), ["999999999.999999999"]);
}

#[test]
fn a_report_that_contradicts_itself_is_refused_whole_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let good = || row("a", "c", 2);
    let with = |row| report(0, 1, vec![good_other(), row]);
    let late = GatewayUsage { hour: hour(0) + TimeDelta::minutes(1), ..report(0, 1, vec![good()]) };
    for (bad, named) in [
        (late, "`hour`"),
        (report(0, 0, vec![good()]), "`version`"),
        (report(0, 1, vec![]), "`rows` is empty"),
        (report(0, 1, vec![good(), good()]), "`rows[1]` is there twice"),
        (with(GatewayUsageRow { failed: 3, ..good() }), "`rows[1].failed`"),
        (with(GatewayUsageRow { input_tokens: u64::MAX, ..good() }), "`rows[1].input_tokens`"),
        (with(GatewayUsageRow { thinking_tokens: 1 << 63, ..good() }), "`rows[1].thinking_tokens`"),
        (with(GatewayUsageRow { cny_nano: -1, ..good() }), "`rows[1].cny`"),
        (with(GatewayUsageRow { estimated_cny_nano: i64::MAX, ..good() }), "`rows[1].estimated_cny`"),
        (with(GatewayUsageRow { model: "m".repeat(257), ..good() }), "`rows[1].model`"),
    ] {
        match writer.record_gateway_usage(&bad, minute(1)) {
            Err(WarehouseError::BadBatch(what)) => assert!(what.contains(named), "{what}"),
            other => panic!("{named}: {other:?}"),
        }
    }
    assert!(!writer.has_unpublished_bookkeeping());
}

fn good_other() -> GatewayUsageRow {
    row("b", "c", 1)
}
