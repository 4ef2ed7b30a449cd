//! What the gate refuses is kept apart, once, and what is stored stays.

use market_model::{CorporateAction, DailyBar};
use warehouse::{Batch, Rejected, Sourced, WarehouseError, Writer};

use crate::{
    market::{Market, SOURCE, day, minute, read_tail, response, two_for_ten, writer},
    vendors::actions_from,
};

/// The market with its first day committed from answers of minute 1.
fn with_a_day(root: &std::path::Path) -> (Market, Writer) {
    let (market, mut writer) = (Market::generate(1, 4, 5), writer(root));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    writer.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    (market, writer)
}

/// The first day's answer of that minute with a close of the first bar that can be none.
fn bad(market: &Market, at: i64, close: f64) -> Batch {
    let mut batch = market.day_batch(0, minute(at));
    batch.daily[0].value.close = close;
    batch
}

fn errors(writer: &Writer) -> u64 {
    writer.status().unwrap().open_findings.get("error").copied().unwrap_or(0)
}

fn entries(root: &std::path::Path, columns: &str) -> Vec<String> {
    read_tail(root, &format!("SELECT concat_ws(' ', {columns}) FROM quarantine ORDER BY ALL"))
}

#[test]
fn a_bad_row_of_today_neither_replaces_nor_removes_the_good_one_of_yesterday() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    let before = writer.logical_sums().unwrap();
    let committed = writer.commit(bad(&market, 2, 0.0), minute(2)).unwrap();
    assert!(!committed.changed && committed.dates.is_empty());
    assert_eq!(committed.vanished, 0, "the vendor has the row, if a bad one");
    assert_eq!(writer.logical_sums().unwrap(), before);
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (1, 1));
    // All of them bad: nothing of the day goes.
    let mut worse = market.day_batch(0, minute(3));
    worse.daily.iter_mut().for_each(|row| row.value.volume = -1);
    worse.basics.iter_mut().for_each(|row| row.value.turnover_rate = Some(f64::NAN));
    worse.limits.iter_mut().for_each(|row| row.value.up_limit = 0.0);
    let rows = (worse.daily.len() + worse.basics.len() + worse.limits.len()) as u64;
    assert!(!writer.commit(worse, minute(3)).unwrap().changed);
    assert_eq!(writer.logical_sums().unwrap(), before);
    assert_eq!(writer.status().unwrap().quarantined, rows + 1);
}

#[test]
fn an_entry_says_what_was_refused_and_why_and_is_an_open_error() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    let bar = bad(&market, 2, 0.0).daily[0].value.clone();
    writer.commit(bad(&market, 2, 0.0), minute(3)).unwrap();
    drop(writer);
    let columns = "dataset, source, rule, code, trade_date, raw_row, value, state, reason";
    let expected = format!(
        "normalized_daily tushare nonpositive_price {} {} 0 close=0 held `close` is zero or negative",
        bar.code, bar.trade_date
    );
    assert_eq!(entries(folder.path(), columns), [expected]);
    let candidate: DailyBar = serde_json::from_str(&entries(folder.path(), "candidate")[0]).unwrap();
    assert_eq!(candidate, bar);
    let finding = "SELECT concat_ws(' ', f.check_name, f.severity, f.code, f.generation IS NULL, f.closed_at IS NULL,
                          f.details->>'value', (f.details->>'raw_id')::BIGINT = q.raw_id, f.details->>'dataset')
                   FROM quality_log f, quarantine q WHERE f.id = md5(concat_ws('|', q.rule, q.code, q.trade_date,
                                                                               'quarantine:' || q.id))";
    let expected = format!("nonpositive_price error {} true true close=0 true normalized_daily", bar.code);
    assert_eq!(read_tail::<String>(folder.path(), finding), [expected]);
    let lineage =
        "SELECT count(*) FROM quarantine q JOIN raw_tushare_daily r ON r.id = q.raw_id AND r.fetched_at = q.fetched_at";
    assert_eq!(read_tail::<i64>(folder.path(), lineage), [1]);
}

#[test]
fn the_same_bad_row_is_one_entry_however_often_it_comes_and_however_it_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    for at in [3, 2, 5] {
        writer.commit(bad(&market, at, 0.0), minute(at)).unwrap();
    }
    let published = |writer: &mut Writer| writer.publish(minute(6)).unwrap();
    published(&mut writer);
    writer.commit(bad(&market, 7, -2.0), minute(7)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (1, 1));
    drop(writer);
    let expected = [format!("close=-2 {}", minute(7).format("%Y-%m-%d %H:%M:%S"))];
    assert_eq!(entries(folder.path(), "value, fetched_at"), expected, "the newest response counts");
    let log = "SELECT concat_ws(' ', details->>'value', found_at = (SELECT min(quarantined_at) FROM quarantine))
               FROM quality_log WHERE check_name = 'nonpositive_price'";
    assert_eq!(read_tail::<String>(folder.path(), log), ["close=-2 true"], "open since the first");
}

#[test]
fn a_good_row_closes_the_entry_and_a_bad_one_after_it_opens_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    writer.commit(bad(&market, 3, 0.0), minute(3)).unwrap();
    // Older than the bad row: it says nothing about it.
    writer.commit(market.day_batch(0, minute(2)), minute(4)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (1, 1));
    writer.commit(market.day_batch(0, minute(5)), minute(5)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (0, 0));
    // The response from before the good one again, late: still superseded.
    writer.commit(bad(&market, 4, 0.0), minute(6)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 0);
    writer.commit(bad(&market, 7, 0.0), minute(7)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (1, 1));
    drop(writer);
    assert_eq!(entries(folder.path(), "state, decided_at"), ["held"]);
    let log = "SELECT count(*) FROM quality_log WHERE check_name = 'nonpositive_price'";
    assert_eq!(read_tail::<i64>(folder.path(), log), [1]);
}

/// What is held after answers of these minutes, good and bad in turn, with a compaction after so many of them.
fn held_after(order: [i64; 4], last_is_bad: bool, compact_after: Option<usize>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(1, 3, 2), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    for (nth, at) in order.into_iter().enumerate() {
        let is_bad = (at % 2 == 0) == last_is_bad;
        let batch = if is_bad { bad(&market, at, 0.0) } else { market.day_batch(0, minute(at)) };
        writer.commit(batch, minute(10 + nth as i64)).unwrap();
        if compact_after == Some(nth) {
            assert!(writer.compact(minute(20)).unwrap().moved > 0);
        }
    }
    drop(writer);
    entries(folder.path(), "state, CASE state WHEN 'held' THEN value END")
}

#[test]
fn what_is_held_is_the_same_in_any_order_of_the_responses_also_over_a_base() {
    for order in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]] {
        assert_eq!(held_after(order, true, None), ["held close=0"], "{order:?}");
        assert_eq!(held_after(order, false, None), ["superseded"], "{order:?}");
    }
    assert_eq!(held_after([4, 3, 2, 1], true, Some(1)), ["held close=0"]);
    assert_eq!(held_after([4, 2, 3, 1], false, Some(1)), ["superseded"], "the good row lies in the base");
}

#[test]
fn of_two_rows_with_one_key_both_are_held_until_a_single_one_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    let mut twice = market.day_batch(1, minute(2));
    let mut other = twice.daily[0].clone();
    (other.value.close, other.row) = (other.value.close + 0.01, 99);
    twice.daily.push(other);
    writer.commit(twice, minute(2)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer) >= 2), (2, true));
    writer.commit(market.day_batch(1, minute(3)), minute(3)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 0);
    drop(writer);
    assert_eq!(entries(folder.path(), "rule, state"), ["duplicate_key superseded"; 2]);
}

#[test]
fn an_event_of_another_announcement_does_not_stand_for_a_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let event = two_for_ten("600001.SH".parse().unwrap(), day("2024-01-03"));
    let other = CorporateAction { announced: Some(day("2023-12-01")), ..event.clone() };
    let broken = CorporateAction { cash_per_10: f64::NAN, ..event.clone() };
    writer.commit(actions_from(SOURCE, vec![broken, other.clone()], minute(1)), minute(1)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 1);
    writer.commit(actions_from(SOURCE, vec![other], minute(2)), minute(2)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 1);
    writer.commit(actions_from("tdx", vec![event.clone()], minute(3)), minute(3)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 1, "nor does another vendor's");
    writer.commit(actions_from(SOURCE, vec![event], minute(4)), minute(4)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 0);
}

fn unread(at: i64, row: u32, value: &str) -> Batch {
    let response = response("daily", "2024-01-02", minute(at));
    let rejected = Rejected {
        dataset: "daily".into(),
        response: 0,
        row,
        reason: "`close`: not a number".into(),
        value: value.into(),
    };
    Batch { source: SOURCE.into(), responses: vec![response], rejected: vec![rejected], ..Batch::default() }
}

#[test]
fn a_row_that_could_not_be_read_is_held_until_the_same_request_is_answered_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.commit(unread(1, 5, "abc"), minute(1)).unwrap();
    writer.commit(unread(2, 5, "abc"), minute(2)).unwrap();
    writer.commit(unread(2, 7, ""), minute(2)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (2, 2), "the same and another");
    let other = Batch { responses: vec![response("daily", "2024-01-03", minute(3))], ..unread(3, 0, "") };
    writer.commit(Batch { rejected: vec![], ..other }, minute(3)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 2, "another request");
    writer.commit(unread(4, 7, ""), minute(4)).unwrap();
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (1, 1));
    drop(writer);
    let expected = ["completeness held 7", "schema superseded 5"];
    assert_eq!(entries(folder.path(), "rule, state, raw_row"), expected);
}

#[test]
fn a_whole_market_of_bad_rows_is_put_aside_in_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let text = r#"{"code": "600000.SH", "trade_date": "2024-01-02", "open": 1.5, "high": 1.5, "low": 1.5, "close": 0,
                   "pre_close": null, "volume": 100, "amount": null, "adj_factor": null}"#;
    let bar: DailyBar = serde_json::from_str(text).unwrap();
    let daily = |at: i64| {
        let rows = (0..5_500_u32).map(|row| Sourced {
            value: DailyBar { code: format!("{:06}.SH", 600_000 + row).parse().unwrap(), ..bar.clone() },
            response: 0,
            row,
        });
        let responses = vec![response("daily", "2024-01-02", minute(at))];
        Batch { source: SOURCE.into(), responses, daily: rows.collect(), ..Batch::default() }
    };
    for at in [1, 2] {
        writer.commit(daily(at), minute(at)).unwrap();
        assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (5_500, 5_500));
    }
    let mut good = daily(3);
    good.daily.iter_mut().for_each(|row| row.value.close = 1.5);
    assert_eq!(writer.commit(good, minute(3)).unwrap().inserted, 5_500);
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (0, 0));
}

#[test]
fn a_batch_that_is_refused_whole_leaves_no_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = with_a_day(folder.path());
    let mut batch = bad(&market, 2, 0.0);
    batch.daily[1].response = 99;
    assert!(matches!(writer.commit(batch, minute(2)), Err(WarehouseError::BadBatch(_))));
    assert_eq!((writer.status().unwrap().quarantined, errors(&writer)), (0, 0));
}
