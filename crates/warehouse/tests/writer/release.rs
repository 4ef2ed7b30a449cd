//! Decisions about what was put aside.

use market_model::{DailyBar, Metric};
use warehouse::{
    Batch, QuarantineDecision, QuarantinedRow, Rejected, Released, ReleasedRow, Step, WarehouseError, Writer,
    WriterOptions,
};

use crate::{
    market::{Market, SOURCE, minute, options, read_tail, response, writer},
    vendors::{TDX, from_source},
};

fn decision(force: bool) -> QuarantineDecision {
    let note = "confirmed with the exchange's file".to_owned();
    QuarantineDecision { by: "ops".to_owned(), note, force, job_id: "release#1".to_owned() }
}

/// A market whose first day was committed with a close of 0 for the first code.
fn with_a_zero(root: &std::path::Path) -> (Market, DailyBar) {
    let (market, mut writer) = (Market::generate(1, 4, 5), writer(root));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut batch = market.day_batch(0, minute(1));
    let good = batch.daily[0].value.clone();
    batch.daily[0].value.close = 0.0;
    writer.commit(batch, minute(1)).unwrap();
    (market, good)
}

fn ids(root: &std::path::Path) -> Vec<String> {
    read_tail(root, "SELECT id FROM quarantine ORDER BY id")
}

fn entry(writer: &Writer, id: &str) -> QuarantinedRow {
    writer.quarantined(&[id.to_owned(), "unknown".to_owned()]).unwrap().remove(0)
}

/// The entry as it was read.
fn as_read(writer: &Writer, id: &str) -> Released {
    let entry = entry(writer, id);
    let row = ReleasedRow::from_candidate(&entry.dataset, entry.candidate.as_deref().unwrap()).unwrap();
    Released { id: id.to_owned(), row }
}

fn errors(writer: &Writer) -> u64 {
    writer.status().unwrap().open_findings.get("error").copied().unwrap_or(0)
}

#[test]
fn a_row_that_the_gate_refuses_still_stays_held_unless_it_is_forced() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = with_a_zero(folder.path());
    let id = ids(folder.path()).remove(0);
    let mut writer = writer(folder.path());
    assert_eq!(writer.status().unwrap().last_trade_date, None, "a code is missing");
    let row = as_read(&writer, &id);
    let refused = writer.release_quarantine(vec![row.clone()], &decision(false), minute(2)).unwrap();
    assert_eq!(refused.refused, [(id.clone(), "`close` is zero or negative (nonpositive_price)".to_owned())]);
    assert_eq!((writer.status().unwrap().quarantined, refused.released.len()), (1, 0));

    let before = writer.status().unwrap().commit_seq;
    let released = writer.release_quarantine(vec![row.clone()], &decision(true), minute(3)).unwrap();
    assert_eq!(released.released, std::slice::from_ref(&id));
    let status = writer.status().unwrap();
    assert_eq!((status.quarantined, errors(&writer), status.commit_seq), (0, 0, before + 1));
    assert_eq!(status.last_trade_date, Some(market.days[0]), "the day is complete with it, and served");
    let again = writer.release_quarantine(vec![row], &decision(true), minute(4)).unwrap();
    assert_eq!((again.already, again.released), (vec![id], vec![]));
    drop(writer);
    let stored = "SELECT count(*) FROM normalized_daily n JOIN raw_tushare_daily r ON r.id = n.raw_id
                  JOIN curated_daily c ON c.code = n.code AND c.trade_date = n.trade_date
                  WHERE n.close = 0 AND n.ingested_at = r.fetched_at AND n.raw_row = 0 AND c.raw_close = 0";
    assert_eq!(read_tail::<i64>(folder.path(), stored), [1]);
}

#[test]
fn a_decision_is_written_down_with_who_made_it_and_why() {
    let folder = tempfile::tempdir().unwrap();
    with_a_zero(folder.path());
    let id = ids(folder.path()).remove(0);
    let mut writer = writer(folder.path());
    let row = as_read(&writer, &id);
    writer.release_quarantine(vec![row], &decision(true), minute(3)).unwrap();
    let decided = entry(&writer, &id);
    assert_eq!((decided.state.as_str(), decided.decided_by.as_deref()), ("released", Some("ops")));
    assert_eq!((decided.decided_at, decided.note), (Some(minute(3)), Some(decision(true).note)));
    let run = &writer.status().unwrap().recent_runs[0];
    assert_eq!((run.job_id.as_str(), run.kind.as_str(), run.rows), ("release#1", "release_quarantine", 1));
    drop(writer);
    let fact =
        "SELECT concat_ws('|', severity, closed_at = found_at, details->>'by', details->>'force', details->>'rule',
                          details->>'value', message)
                FROM quality_log WHERE check_name = 'quarantine_released'";
    let expected = "info|true|ops|true|nonpositive_price|close=0|\
                    released by force by ops (`close` is zero or negative): confirmed with the exchange's file";
    assert_eq!(read_tail::<String>(folder.path(), fact), [expected]);
}

#[test]
fn a_corrected_row_is_stored_with_the_place_of_the_bad_one() {
    let folder = tempfile::tempdir().unwrap();
    let (market, good) = with_a_zero(folder.path());
    let id = ids(folder.path()).remove(0);
    let mut writer = writer(folder.path());
    let corrected = Released { id: id.clone(), row: ReleasedRow::Daily(good.clone()) };
    let elsewhere = DailyBar { trade_date: market.days[1], ..good };
    let elsewhere = Released { id: id.clone(), row: ReleasedRow::Daily(elsewhere) };
    let outcome = writer.release_quarantine(vec![elsewhere], &decision(true), minute(2)).unwrap();
    assert!(outcome.refused[0].1.contains("it is about"), "{outcome:?}");
    writer.release_quarantine(vec![corrected], &decision(false), minute(3)).unwrap();
    let sums = writer.logical_sums().unwrap();
    let fresh = tempfile::tempdir().unwrap();
    let mut fresh = crate::market::writer(fresh.path());
    fresh.commit(market.reference(minute(0)), minute(0)).unwrap();
    fresh.commit(market.day_batch(0, minute(1)), minute(1)).unwrap();
    assert_eq!(sums, fresh.logical_sums().unwrap(), "as if it had been good from the beginning");
}

#[test]
fn a_released_row_gives_way_to_a_newer_response_and_not_to_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = with_a_zero(folder.path());
    let id = ids(folder.path()).remove(0);
    let mut writer = writer(folder.path());
    let row = as_read(&writer, &id);
    writer.release_quarantine(vec![row], &decision(true), minute(9)).unwrap();
    let forced = writer.logical_sums().unwrap();
    let older = market.day_batch(0, minute(1) - chrono::TimeDelta::seconds(1));
    assert_eq!(writer.commit(older, minute(10)).unwrap().replaced, 0);
    assert_eq!(writer.logical_sums().unwrap().1, forced.1);
    // The same bad row of a newer response changes nothing: it was decided about.
    let mut bad = market.day_batch(0, minute(2));
    bad.daily[0].value.close = 0.0;
    let committed = writer.commit(bad.clone(), minute(11)).unwrap();
    assert_eq!((committed.changed, committed.vanished, writer.status().unwrap().quarantined), (false, 0, 0));
    // Another bad value is another question.
    bad.daily[0].value.close = -1.0;
    bad.responses.iter_mut().for_each(|response| response.fetched_at = minute(3));
    writer.commit(bad, minute(12)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 1);
    assert_eq!(writer.commit(market.day_batch(0, minute(4)), minute(13)).unwrap().replaced, 1);
    assert_eq!(writer.status().unwrap().quarantined, 0);
}

#[test]
fn discarded_rows_are_closed_and_stay_so_while_they_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = with_a_zero(folder.path());
    let id = ids(folder.path()).remove(0);
    let mut writer = writer(folder.path());
    let before = writer.logical_sums().unwrap();
    let named = [id.clone(), "nobody".to_owned()];
    let outcome = writer.discard_quarantine(&named, &decision(false), minute(2)).unwrap();
    assert_eq!((outcome.released, outcome.unknown), (vec![id.clone()], vec!["nobody".to_owned()]));
    assert_eq!(writer.logical_sums().unwrap(), before);
    let mut bad = market.day_batch(0, minute(3));
    bad.daily[0].value.close = 0.0;
    writer.commit(bad, minute(3)).unwrap();
    assert_eq!(writer.status().unwrap().quarantined, 0);
    let again = writer.discard_quarantine(&named, &decision(false), minute(4)).unwrap();
    assert_eq!((again.already, again.released), (vec![id], vec![]));
    let nobody = QuarantineDecision { by: " ".to_owned(), ..decision(false) };
    assert!(matches!(writer.discard_quarantine(&named, &nobody, minute(5)), Err(WarehouseError::BadBatch(_))));
    drop(writer);
    let log = "SELECT concat_ws(' ', check_name, severity, closed_at IS NOT NULL) FROM quality_log
               WHERE check_name <> 'incomplete_day' ORDER BY ALL";
    let expected = ["nonpositive_price error true", "quarantine_discarded info true"];
    assert_eq!(read_tail::<String>(folder.path(), log), expected);
}

#[test]
fn of_two_rows_with_one_key_one_is_released_and_the_other_follows() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(1, 4, 5);
    {
        let mut writer = writer(folder.path());
        let mut twice = market.day_batch(0, minute(1));
        let mut other = twice.daily[0].clone();
        (other.value.close, other.row) = (other.value.close + 0.01, 99);
        twice.daily.push(other);
        writer.commit(twice, minute(1)).unwrap();
    }
    let ids = ids(folder.path());
    let mut writer = writer(folder.path());
    let both = ids.iter().map(|id| as_read(&writer, id)).collect();
    let outcome = writer.release_quarantine(both, &decision(false), minute(2)).unwrap();
    assert_eq!((outcome.released.len(), outcome.refused.len()), (1, 1), "{outcome:?}");
    assert!(outcome.refused[0].1.contains("another row with the same key"));
    let states: Vec<_> = writer.quarantined(&ids).unwrap().into_iter().map(|entry| entry.state).collect();
    assert_eq!(states, ["released", "superseded"]);
    assert_eq!(writer.status().unwrap().quarantined, 0);
}

#[test]
fn one_row_of_a_vendor_may_say_several_things_and_rows_of_several_vendors_are_released_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::generate(1, 4, 5);
    {
        let mut writer = writer(folder.path());
        let rejected = Rejected {
            dataset: "income".into(),
            response: 0,
            row: 4,
            reason: "`eps`: not a number".into(),
            value: "1,5".into(),
        };
        let responses = vec![response("income", "600001.SH", minute(1))];
        let unread = Batch { source: SOURCE.into(), responses, rejected: vec![rejected], ..Batch::default() };
        writer.commit(unread, minute(1)).unwrap();
        let mut bad = from_source(market.day_batch(0, minute(1)), TDX);
        bad.daily[0].value.close = 0.0;
        bad.daily.truncate(1);
        writer.commit(Batch { partitions: vec![], ..bad }, minute(1)).unwrap();
    }
    let all = ids(folder.path());
    let mut writer = writer(folder.path());
    let all = writer.quarantined(&all).unwrap();
    let [unread, bar] = ["income", "normalized_daily"]
        .map(|dataset| all.iter().find(|entry| entry.dataset == dataset).unwrap().clone());
    let response = writer.raw_response(&unread.source, &unread.dataset, unread.raw_id.unwrap()).unwrap().unwrap();
    assert_eq!((response.dataset.as_str(), response.fetched_at), ("income", minute(1)));
    let of_the_bar = writer.raw_response(TDX, &bar.dataset, bar.raw_id.unwrap()).unwrap().unwrap();
    assert_eq!(of_the_bar.dataset, "daily", "found although the entry names its table");
    assert_eq!(writer.raw_response(SOURCE, "income", bar.raw_id.unwrap()).unwrap(), None, "of another vendor");

    let claim = |metric, value| {
        ReleasedRow::Fundamental(market_model::FundamentalClaim {
            code: market.instruments[1].code,
            period: crate::market::day("2023-12-31"),
            metric,
            value,
            announced: None,
        })
    };
    let of_unread = |row| Released { id: unread.id.clone(), row };
    let mut rows = vec![of_unread(claim(Metric::Eps, 1.5)), of_unread(claim(Metric::EpsDiluted, f64::NAN))];
    let outcome = writer.release_quarantine(rows.clone(), &decision(true), minute(2)).unwrap();
    assert_eq!((outcome.released.len(), outcome.refused.len()), (0, 1), "all of it or nothing");
    rows[1] = of_unread(claim(Metric::EpsDiluted, 1.4));
    rows.push(as_read(&writer, &bar.id));
    let outcome = writer.release_quarantine(rows, &decision(true), minute(3)).unwrap();
    assert_eq!(outcome.released.len(), 2);
    let sums = writer.logical_sums().unwrap().0;
    assert_eq!((sums["fundamental_claim"].rows, sums["normalized_daily"].rows), (2, 1));
    // After a compaction the response is in the archive of its year.
    writer.commit(market.reference(minute(4)), minute(4)).unwrap();
    writer.commit(market.day_batch(1, minute(4)), minute(4)).unwrap();
    writer.compact(minute(5)).unwrap();
    let archived = writer.raw_response(&unread.source, &unread.dataset, unread.raw_id.unwrap()).unwrap();
    assert_eq!(archived, Some(response));
}

#[test]
fn a_crash_during_a_release_leaves_the_entry_held_or_released_with_its_row() {
    for step in [Step::RowsWritten, Step::BeforeCommit, Step::AfterCommit] {
        let folder = tempfile::tempdir().unwrap();
        let (market, _) = with_a_zero(folder.path());
        let id = ids(folder.path()).remove(0);
        let on_step = std::sync::Arc::new(move |at| assert_ne!(at, step, "crash here"));
        let mut doomed = Writer::open(folder.path(), WriterOptions { on_step: Some(on_step), ..options() }).unwrap();
        let row = as_read(&doomed, &id);
        let crash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            doomed.release_quarantine(vec![row], &decision(true), minute(3))
        }));
        assert!(crash.is_err(), "{step:?}");
        let writer = writer(folder.path());
        let stored = writer.logical_sums().unwrap().0["normalized_daily"].rows;
        let without = market.day_batch(0, minute(1)).daily.len() as u64 - 1;
        let is_durable = step == Step::AfterCommit;
        assert_eq!(entry(&writer, &id).state, if is_durable { "released" } else { "held" }, "{step:?}");
        assert_eq!(
            (stored, errors(&writer) == 0),
            if is_durable { (without + 1, true) } else { (without, false) },
            "{step:?}"
        );
    }
}
