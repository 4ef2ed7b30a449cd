//! What a check found becomes what is open, exactly in its scope.

use chrono::NaiveDate;
use quality_rules::Severity;
use serde_json::json;
use warehouse::{FindingsRecord, FindingsScope, FoundRow, Recorded, WarehouseError, Writer};

use crate::market::{Market, day, minute, read_tail, writer};

/// A check of generation `generation`, judged at that minute: rules `gap` and `ohlc`, all days, all codes.
pub(crate) fn record(generation: u64, at: i64, findings: Vec<FoundRow>) -> FindingsRecord {
    FindingsRecord {
        check: "check_generation".to_owned(),
        generation: Some(generation),
        commit_seq: generation,
        checked_at: minute(at),
        scope: FindingsScope {
            checks: vec!["gap".to_owned(), "ohlc".to_owned()],
            dates: None,
            from_code: None,
            to_code: None,
        },
        last: true,
        findings,
    }
}

pub(crate) fn found(check: &str, code: Option<&str>, date: Option<&str>) -> FoundRow {
    FoundRow {
        check: check.to_owned(),
        severity: "error".to_owned(),
        code: code.map(str::to_owned),
        trade_date: date.map(day),
        subject: String::new(),
        message: format!("{check} shows"),
        details: json!({"close": 11.5}),
    }
}

fn dated(check: &str, code: &str, date: &str) -> FoundRow {
    found(check, Some(code), Some(date))
}

const A: &str = "000001.SZ";
const B: &str = "600000.SH";
const C: &str = "600519.SH";
const D1: &str = "2024-01-02";
const D2: &str = "2024-01-03";

/// The open findings, after the writer was closed.
pub(crate) fn open(root: &std::path::Path) -> Vec<String> {
    read_tail(
        root,
        "SELECT concat_ws(' ', check_name, coalesce(code, '-'), coalesce(trade_date::VARCHAR, '-')) FROM quality_log
         WHERE closed_at IS NULL ORDER BY ALL",
    )
}

fn opened(writer: &mut Writer, record: &FindingsRecord, at: i64) -> Recorded {
    writer.record_findings(record, minute(at)).unwrap()
}

#[test]
fn findings_are_new_or_kept_or_closed_or_back_and_the_same_job_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    writer.publish(minute(0)).unwrap();
    let first = record(1, 1, vec![dated("gap", A, D1), dated("ohlc", A, D1), found("gap", None, None)]);
    assert_eq!(opened(&mut writer, &first, 2), Recorded { opened: 3, kept: 0, closed: 0, skipped_days: 0 });
    assert!(writer.has_unpublished_bookkeeping() && !writer.has_unpublished());
    writer.publish(minute(3)).unwrap();
    assert_eq!(opened(&mut writer, &first, 4), Recorded { opened: 0, kept: 3, closed: 0, skipped_days: 0 });
    // A later generation that shows the same is no news either.
    let again = FindingsRecord { generation: Some(2), checked_at: minute(5), ..first.clone() };
    assert_eq!(opened(&mut writer, &again, 5).kept, 3);
    assert!(!writer.has_unpublished_bookkeeping());
    let gone = record(3, 6, vec![dated("gap", A, D1)]);
    assert_eq!(opened(&mut writer, &gone, 6), Recorded { opened: 0, kept: 1, closed: 2, skipped_days: 0 });
    assert!(writer.has_unpublished_bookkeeping());
    let back = record(4, 7, vec![dated("gap", A, D1), dated("ohlc", A, D1)]);
    assert_eq!(opened(&mut writer, &back, 7), Recorded { opened: 1, kept: 1, closed: 0, skipped_days: 0 });
    let status = writer.status().unwrap();
    assert_eq!((status.commit_seq, status.open_findings.get("error")), (0, Some(&2)));
    assert_eq!(status.last_checks.get("check_generation"), Some(&minute(7)));
    drop(writer);
    let log = format!(
        "SELECT concat_ws(' ', check_name, coalesce(code, '-'), generation, found_at = '{}', closed_at IS NULL)
         FROM quality_log ORDER BY ALL",
        minute(2).naive_utc()
    );
    let expected = ["gap - 1 true false".to_owned(), format!("gap {A} 1 true true"), format!("ohlc {A} 4 false true")];
    assert_eq!(read_tail::<String>(folder.path(), &log), expected);
    let id = "SELECT count(*) FROM quality_log WHERE id = md5('gap|000001.SZ|2024-01-02|') OR id = md5('gap|')";
    assert_eq!(read_tail::<i64>(folder.path(), id), [2]);
}

#[test]
fn a_finding_that_says_something_else_is_the_same_finding() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    opened(&mut writer, &record(1, 1, vec![dated("gap", A, D1)]), 1);
    writer.publish(minute(2)).unwrap();
    let milder = FoundRow { severity: "warning".to_owned(), details: json!({"close": 12}), ..dated("gap", A, D1) };
    assert_eq!(opened(&mut writer, &record(2, 2, vec![milder.clone()]), 3).kept, 1);
    assert!(writer.has_unpublished_bookkeeping(), "a reader sees the difference");
    let twice = record(3, 3, vec![milder.clone(), milder]);
    assert_eq!(opened(&mut writer, &twice, 4).kept, 1, "twice in one record is once");
    drop(writer);
    let log = "SELECT concat_ws(' ', severity, details->>'close', generation) FROM quality_log";
    assert_eq!(read_tail::<String>(folder.path(), log), ["warning 12 2"]);
}

#[test]
fn the_scope_is_exact_in_rules_days_and_codes() {
    let all = || {
        let mut all = vec![found("gap", None, None), found("gap", None, Some(D1))];
        for code in [A, B, C] {
            all.extend([D1, D2].map(|date| dated("gap", code, date)));
        }
        all.push(dated("ohlc", B, D1));
        all.push(found("gap", Some(B), None));
        all
    };
    type Narrow = fn(&mut FindingsScope);
    let everything = [
        "gap - -",
        "gap - 2024-01-02",
        "gap 000001.SZ 2024-01-02",
        "gap 000001.SZ 2024-01-03",
        "gap 600000.SH -",
        "gap 600000.SH 2024-01-02",
        "gap 600000.SH 2024-01-03",
        "gap 600519.SH 2024-01-02",
        "gap 600519.SH 2024-01-03",
        "ohlc 600000.SH 2024-01-02",
    ];
    let cases: [(&str, Narrow, &[usize]); 6] = [
        ("a rule", |scope| scope.checks = vec!["ohlc".to_owned()], &[9]),
        ("a day", |scope| scope.dates = Some(vec![day(D1)]), &[1, 2, 5, 7, 9]),
        ("the first part", |scope| scope.to_code = Some(B.to_owned()), &[0, 1, 2, 3]),
        (
            "the part between",
            |scope| (scope.from_code, scope.to_code) = (Some(B.into()), Some(C.into())),
            &[4, 5, 6, 9],
        ),
        ("the last part", |scope| scope.from_code = Some("600001.SH".to_owned()), &[7, 8]),
        (
            "a day of a part",
            |scope| {
                scope.from_code = Some(B.to_owned());
                scope.dates = Some(vec![day(D2)]);
            },
            &[6, 8],
        ),
    ];
    for (what, narrow, closed) in cases {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path());
        assert_eq!(opened(&mut writer, &record(1, 1, all()), 1).opened, 10);
        let mut nothing = record(2, 2, Vec::new());
        narrow(&mut nothing.scope);
        assert_eq!(opened(&mut writer, &nothing, 2).closed, closed.len() as u64, "{what}");
        drop(writer);
        let left: Vec<_> =
            everything.iter().enumerate().filter(|(at, _)| !closed.contains(at)).map(|(_, text)| *text).collect();
        assert_eq!(open(folder.path()), left, "{what}");
    }
}

#[test]
fn a_fact_is_stored_closed_and_never_counts_as_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let fact = FoundRow { severity: "info".to_owned(), ..dated("gap", A, D1) };
    opened(&mut writer, &record(1, 1, vec![fact.clone()]), 1);
    writer.publish(minute(2)).unwrap();
    opened(&mut writer, &record(2, 2, vec![fact.clone()]), 2);
    assert!(!writer.has_unpublished_bookkeeping());
    assert!(writer.status().unwrap().open_findings.is_empty());
    // It turns out to be worse, and then not.
    assert_eq!(opened(&mut writer, &record(3, 3, vec![dated("gap", A, D1)]), 3).opened, 1);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&1));
    opened(&mut writer, &record(4, 4, vec![fact]), 4);
    assert!(writer.status().unwrap().open_findings.is_empty());
    // Gone: the fact stays in the log.
    opened(&mut writer, &record(5, 5, vec![]), 5);
    drop(writer);
    let log = "SELECT concat_ws(' ', severity, closed_at IS NOT NULL) FROM quality_log";
    assert_eq!(read_tail::<String>(folder.path(), log), ["info true"]);
}

#[test]
fn what_the_writer_itself_raised_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (market, mut writer) = (Market::generate(1, 4, 5), writer(folder.path()));
    writer.commit(market.reference(minute(0)), minute(0)).unwrap();
    let mut bad = market.day_batch(0, minute(1));
    bad.daily[0].value.close = 0.0;
    writer.commit(bad, minute(1)).unwrap();
    let raise = |writer: &mut Writer, details| {
        let (check, message) = ("batch_drift", "a column is gone");
        writer.raise_dataset_finding(check, "tushare", "daily", Severity::Error, message, details, minute(2)).unwrap();
    };
    raise(&mut writer, json!({"gone": ["close"]}));
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&3));
    let mut check = record(1, 2, Vec::new());
    check.scope.checks =
        ["nonpositive_price", "incomplete_day", "batch_drift", "row_vanished"].map(str::to_owned).into();
    check.findings = vec![FoundRow { subject: "tushare/daily".to_owned(), ..found("batch_drift", None, None) }];
    opened(&mut writer, &check, 3);
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&3), "not even one with the same id");

    writer.publish(minute(4)).unwrap();
    raise(&mut writer, json!({"gone": ["close"]}));
    assert!(!writer.has_unpublished_bookkeeping(), "the same again");
    raise(&mut writer, json!({"gone": ["close", "open"]}));
    assert!(writer.has_unpublished_bookkeeping());
    writer.clear_dataset_finding("batch_drift", "tdx", "daily", minute(5)).unwrap();
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&3));
    writer.clear_dataset_finding("batch_drift", "tushare", "daily", minute(5)).unwrap();
    assert_eq!(writer.status().unwrap().open_findings.get("error"), Some(&2));
}

#[test]
fn a_day_with_a_newer_check_is_left_alone_and_the_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let of_days = |record: FindingsRecord, days: &[&str]| {
        let dates: Vec<NaiveDate> = days.iter().map(|date| day(date)).collect();
        FindingsRecord { scope: FindingsScope { dates: Some(dates), ..record.scope.clone() }, ..record }
    };
    opened(&mut writer, &of_days(record(5, 5, vec![dated("gap", A, D1)]), &[D1]), 5);
    let older = of_days(record(4, 9, vec![dated("gap", B, D1), dated("gap", B, D2)]), &[D1, D2]);
    assert_eq!(opened(&mut writer, &older, 10), Recorded { opened: 1, kept: 0, closed: 0, skipped_days: 1 });
    // An older check of everything: the day stays, the rest is replaced.
    let older = record(4, 10, vec![dated("gap", C, D1), dated("gap", C, D2)]);
    assert_eq!(opened(&mut writer, &older, 11), Recorded { opened: 1, kept: 0, closed: 1, skipped_days: 1 });
    // A newer one of everything counts for all days, and from then on older ones of single days do not.
    opened(&mut writer, &record(6, 12, vec![dated("gap", C, D2)]), 12);
    let older = of_days(record(5, 13, vec![dated("gap", A, D1)]), &[D1, D2]);
    assert_eq!(opened(&mut writer, &older, 13), Recorded { skipped_days: 2, ..Recorded::default() });
    let older = record(5, 14, vec![dated("gap", A, D1)]);
    assert_eq!(opened(&mut writer, &older, 14), Recorded { skipped_days: 1, ..Recorded::default() });
    // Another check has an order of its own.
    let clock = FindingsRecord { check: "check_freshness".to_owned(), generation: None, ..record(0, 1, vec![]) };
    let clock = FindingsRecord { findings: vec![found("late", None, None)], ..clock };
    let clock =
        FindingsRecord { scope: FindingsScope { checks: vec!["late".to_owned()], ..clock.scope.clone() }, ..clock };
    assert_eq!(opened(&mut writer, &clock, 15).opened, 1);
    let later = FindingsRecord { checked_at: minute(2), findings: vec![], ..clock };
    assert_eq!(opened(&mut writer, &later, 16).closed, 1, "without a generation the clock decides");
    drop(writer);
    assert_eq!(open(folder.path()), [format!("gap {C} {D2}")]);
    let runs = "SELECT concat_ws(' ', name, trade_date, generation, findings) FROM check_run ORDER BY ALL";
    let expected = ["check_freshness 0 0", "check_generation 6 1"];
    assert_eq!(read_tail::<String>(folder.path(), runs), expected, "one of everything stands for all days");
}

#[test]
fn a_record_that_contradicts_itself_is_refused_by_the_name_of_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path());
    let good = || record(1, 1, vec![dated("gap", B, D1)]);
    type Break = fn(&mut FindingsRecord);
    let cases: [(&str, Break); 14] = [
        ("`check`", |record| record.check = "DROP TABLE".to_owned()),
        ("`scope.checks`", |record| record.scope.checks.clear()),
        ("`scope.checks[1]`", |record| record.scope.checks[1] = "Gap".to_owned()),
        ("`scope.dates`", |record| record.scope.dates = Some(Vec::new())),
        ("`scope.dates[0]`", |record| record.scope.dates = Some(vec![NaiveDate::MIN])),
        ("`scope.to_code`", |record| (record.scope.from_code, record.scope.to_code) = (Some(B.into()), Some(A.into()))),
        ("`findings[0].severity`: `fatal`", |record| record.findings[0].severity = "fatal".to_owned()),
        ("`findings[0].code`", |record| record.findings[0].code = Some("600000".to_owned())),
        ("`findings[0].message`", |record| record.findings[0].message = String::new()),
        ("`findings[0].subject`", |record| record.findings[0].subject = "x".repeat(5_000)),
        ("`findings[0].check`", |record| record.findings[0].check = "other".to_owned()),
        ("`findings[0].trade_date`", |record| record.scope.dates = Some(vec![day(D2)])),
        ("`findings[0].code`", |record| record.scope.from_code = Some(C.to_owned())),
        ("`findings[0].details`", |record| record.findings[0].details = json!("x".repeat(70_000))),
    ];
    for (field, damage) in cases {
        let mut broken = good();
        damage(&mut broken);
        match writer.record_findings(&broken, minute(2)) {
            Err(WarehouseError::BadBatch(what)) => assert!(what.starts_with(field), "{field}: {what}"),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(writer.status().unwrap().open_findings.is_empty());
    let mut undated = good();
    (undated.findings[0].trade_date, undated.scope.dates) = (None, Some(vec![day(D1)]));
    assert!(matches!(writer.record_findings(&undated, minute(2)), Err(WarehouseError::BadBatch(_))));
    let mut uncoded = good();
    (uncoded.findings[0].code, uncoded.scope.from_code) = (None, Some(A.to_owned()));
    assert!(matches!(writer.record_findings(&uncoded, minute(2)), Err(WarehouseError::BadBatch(_))));
    assert_eq!(opened(&mut writer, &good(), 3).opened, 1);
}
