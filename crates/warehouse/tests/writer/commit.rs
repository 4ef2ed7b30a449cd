//! What a commit does, and what it leaves alone.

use market_model::PriceLimit;
use warehouse::{Batch, JobRun, Rejected, Sourced, WarehouseError};

use crate::market::{Market, day, minute, read_tail, response, writer};

fn small() -> Market {
    Market::generate(1, 4, 5)
}

#[test]
fn a_repeated_batch_changes_nothing_but_keeps_the_response() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let first = writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    assert!(first.changed && first.inserted > 0);
    assert_eq!(first.dates, [market.days[0]]);
    let sums = writer.logical_sums().unwrap();

    let again = writer.commit(market.day_batch(0, minute(9)), minute(9)).unwrap();
    assert!(!again.changed);
    assert_eq!((again.inserted, again.replaced, again.unchanged), (0, 0, first.inserted));
    assert_eq!(again.commit_seq, first.commit_seq);
    assert!(again.dates.is_empty());
    assert_eq!(writer.logical_sums().unwrap(), sums);
    drop(writer);
    assert_eq!(read_tail::<i64>(folder.path(), "SELECT count(*) FROM raw_tushare_daily"), [2]);
    let lineage = "SELECT DISTINCT r.request FROM normalized_daily n JOIN raw_tushare_daily r ON r.id = n.raw_id
                   WHERE n.ingested_at = r.fetched_at";
    assert_eq!(read_tail::<String>(folder.path(), lineage).len(), 1, "lineage is the first response's");
    assert_eq!(read_tail::<i64>(folder.path(), "SELECT count(DISTINCT raw_id) FROM normalized_daily"), [1]);
}

#[test]
fn a_changed_value_replaces_the_row_and_what_was_known_before_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    let mut correction = market.day_batch(0, minute(2));
    let before = correction.daily[0].value.close;
    correction.daily[0].value.close = 1.25;
    let committed = writer.commit(correction, minute(3)).unwrap();
    assert_eq!((committed.inserted, committed.replaced), (0, 1));
    assert_eq!(committed.dates, [market.days[0]]);
    drop(writer);

    let revision = "SELECT dataset || '|' || (old_row->>'close') || '|' || (old_raw_id < new_raw_id)
                    FROM normalized_revision";
    assert_eq!(read_tail::<String>(folder.path(), revision), [format!("normalized_daily|{before:?}|true")]);
    let closes = "SELECT count(*) FROM normalized_daily n JOIN curated_daily c USING (code, trade_date)
                  WHERE n.close = 1.25 AND c.raw_close = 1.25";
    assert_eq!(read_tail::<i64>(folder.path(), closes), [1]);
    let doubled = "SELECT code FROM normalized_daily GROUP BY code, trade_date, source HAVING count(*) > 1";
    assert!(read_tail::<String>(folder.path(), doubled).is_empty());
}

#[test]
fn an_older_response_that_comes_late_does_not_win() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut older = market.day_batch(0, minute(1));
    older.daily[0].value.close = 1.25;
    writer.commit(market.day_batch(0, minute(2)), minute(2)).unwrap();
    for _ in 0..2 {
        let committed = writer.commit(older.clone(), minute(3)).unwrap();
        assert!(!committed.changed && committed.replaced == 0);
    }
    drop(writer);
    let kept = "SELECT (old_row->>'close') FROM normalized_revision";
    assert_eq!(read_tail::<String>(folder.path(), kept), ["1.25"], "kept as known, once");
}

#[test]
fn a_value_that_a_later_response_confirmed_outlives_one_from_between() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for at in [1, 3] {
        writer.commit(market.day_batch(0, minute(at)), minute(at)).unwrap();
    }
    let before = writer.logical_sums().unwrap();
    let mut between = market.day_batch(0, minute(2));
    between.daily[0].value.close = 1.25;
    assert_eq!(writer.commit(between.clone(), minute(4)).unwrap().replaced, 0);
    assert_eq!(writer.logical_sums().unwrap(), before);
    between.responses.iter_mut().for_each(|response| response.fetched_at = minute(5));
    assert_eq!(writer.commit(between, minute(5)).unwrap().replaced, 1);
}

#[test]
fn a_key_that_vanished_stays_and_is_reported_once_until_it_returns() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let whole = market.day_batch(0, minute(1));
    writer.commit(whole.clone(), minute(1)).unwrap();
    let bars = whole.daily.len();
    for at in 2..4 {
        let mut shorter = market.day_batch(0, minute(at));
        shorter.daily.remove(0);
        assert_eq!(writer.commit(shorter, minute(at)).unwrap().vanished, 1);
    }
    // The same answer again, late: what came after it has not vanished from it.
    assert_eq!(writer.commit(whole, minute(4)).unwrap().vanished, 0);
    assert_eq!(writer.status().unwrap().open_findings.get("warning"), Some(&1));
    writer.commit(market.day_batch(0, minute(5)), minute(5)).unwrap();
    assert_eq!(writer.status().unwrap().open_findings.get("warning"), None);
    drop(writer);
    assert_eq!(read_tail::<i64>(folder.path(), "SELECT count(*) FROM normalized_daily"), [bars as i64]);
    assert_eq!(read_tail::<String>(folder.path(), "SELECT check_name FROM quality_log"), ["row_vanished"]);
}

#[test]
fn what_cannot_be_stored_goes_to_quarantine_with_its_place_in_the_response() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    let mut batch = market.day_batch(0, minute(1));
    batch.daily[0].value.high = f64::NAN;
    let mut conflicting: Sourced<PriceLimit> = batch.limits[1].clone();
    conflicting.value.up_limit += 1.0;
    conflicting.row = 77;
    batch.limits.push(conflicting);
    batch.rejected.push(Rejected {
        dataset: "daily".into(),
        response: 0,
        row: 5,
        reason: "`close`: not a number".into(),
        value: "abc".into(),
    });
    writer.commit(batch, minute(1)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 4);
    drop(writer);
    let rows = "SELECT dataset || ':' || raw_row || ':' || reason FROM quarantine ORDER BY 1";
    let conflict = "the batch has another row with the same key and other values";
    let expected = [
        "daily:5:`close`: not a number".to_owned(),
        "normalized_daily:0:`high` is not a finite number".to_owned(),
        format!("price_limit:1:{conflict}"),
        format!("price_limit:77:{conflict}"),
    ];
    assert_eq!(read_tail::<String>(folder.path(), rows), expected);
    let broken = "SELECT count(*) FROM normalized_daily WHERE isnan(high) OR isinf(high)";
    assert_eq!(read_tail::<i64>(folder.path(), broken), [0]);
}

#[test]
fn a_malformed_batch_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let before = writer.logical_sums().unwrap();
    let mut batch = market.day_batch(0, minute(1));
    batch.daily[1].response = 99;
    let result = writer.commit(batch, minute(1));
    assert!(matches!(result, Err(WarehouseError::BadBatch(_))), "{result:?}");
    assert_eq!(writer.logical_sums().unwrap(), before);
    writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    drop(writer);
    let ids = "SELECT id FROM raw_tushare_daily";
    assert_eq!(read_tail::<i64>(folder.path(), ids), [3], "the refused batch used up no ids");
}

#[test]
fn a_claim_that_the_batch_cannot_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    for (dataset, source) in [("weekly", "tushare"), ("daily", "tdx")] {
        let mut batch = market.day_batch(0, minute(1));
        (batch.partitions[0].dataset, batch.partitions[0].source) = (dataset, source.to_owned());
        assert!(matches!(writer.commit(batch, minute(1)), Err(WarehouseError::BadBatch(_))), "{dataset} of {source}");
    }
}

#[test]
fn runs_freshness_and_failures_are_bookkeeping_only() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (small(), writer(folder.path()));
    let run = |job_id: &str, at| JobRun {
        job_id: job_id.into(),
        kind: "fetch_daily_market".into(),
        args: serde_json::json!({"trade_date": "2024-01-02"}),
        started_at: minute(at),
        finished_at: minute(at + 1),
        outcome: "ok".into(),
        rows: 4,
        message: None,
    };
    writer.commit(Batch { run: Some(run("a", 1)), ..market.day_batch(0, minute(1)) }, minute(1)).unwrap();
    let seq = writer.status().unwrap().commit_seq;
    writer.record_run(&run("b", 5)).unwrap();
    writer.record_failure("tushare", "daily", "HTTP 502", minute(6)).unwrap();
    let status = writer.status().unwrap();
    assert_eq!(status.commit_seq, seq);
    assert!(writer.has_unpublished_bookkeeping());
    let runs: Vec<_> = status.recent_runs.iter().map(|run| run.job_id.as_str()).collect();
    assert_eq!(runs, ["b", "a"]);
    let daily = status.freshness.iter().find(|row| row.dataset == "daily").unwrap();
    assert_eq!(daily.last_success_at, Some(minute(1)));
    assert_eq!(daily.last_trade_date, Some(market.days[0]));
    assert_eq!((daily.last_error.as_deref(), daily.last_error_at), (Some("HTTP 502"), Some(minute(6))));
}

#[test]
fn a_batch_with_a_name_that_is_no_identifier_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let mut bad = response("daily", "x", minute(1));
    bad.dataset = "daily; DROP TABLE meta".into();
    let batch = Batch { source: "tushare".into(), responses: vec![bad], ..Batch::default() };
    assert!(matches!(writer.commit(batch, minute(1)), Err(WarehouseError::BadBatch(_))));
    assert_eq!(writer.missing_partitions("tushare", day("2024-01-01"), day("2024-12-31")).unwrap(), []);
}
