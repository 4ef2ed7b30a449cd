//! Pages of the quality log.

use chrono::{DateTime, TimeDelta, Utc};
use quality_rules::Severity;

use crate::{
    FindingDay, FindingFilter, Generation, LoggedFinding, PAGE_ROWS_MAX,
    fixture::{Fixture, code, date, now},
};

/// `count` findings of three rules, three severities and four codes; every third is closed, several share a moment.
fn published(count: usize) -> std::sync::Arc<Generation> {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        conn.execute_batch(&format!(
            "INSERT INTO quality_log
             SELECT md5(i::VARCHAR), (['cross_source', 'price_limit', 'freshness'])[i % 3 + 1],
                 CASE WHEN i % 3 < 2 THEN '60000' || (i % 4)::VARCHAR || '.SH' END,
                 CASE WHEN i % 3 < 2 THEN DATE '2024-01-01' + (i % 10)::INTEGER END,
                 (['info', 'warning', 'error'])[i % 7 % 3 + 1], 'finding ' || i::VARCHAR,
                 CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN 'not JSON' ELSE '{{\"n\": ' || i::VARCHAR || '}}' END,
                 CASE WHEN i % 2 = 0 THEN i END,
                 TIMESTAMP '2024-02-01 00:00:00.000001' + INTERVAL (i // 5) SECOND,
                 CASE WHEN i % 3 = 1 THEN TIMESTAMP '2024-03-01' END
             FROM range({count}) r(i) ORDER BY hash(i)"
        ))
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    fixture.reader().current().unwrap()
}

/// Every page behind the other.
fn all(generation: &Generation, filter: &FindingFilter) -> Vec<LoggedFinding> {
    let mut filter = filter.clone();
    let mut all = Vec::new();
    loop {
        let page = generation.findings(&filter).unwrap();
        assert!(page.findings.len() <= filter.limit.clamp(1, PAGE_ROWS_MAX));
        all.extend(page.findings);
        let Some(next) = page.next else { return all };
        // As a client sends it back.
        filter.after = Some(next.to_string().parse().unwrap());
    }
}

#[test]
fn the_pages_together_are_everything_once_newest_first() {
    let generation = published(103);
    for limit in [0, 7, 102, 103, 5000] {
        let found = all(&generation, &FindingFilter { limit, ..FindingFilter::default() });
        assert_eq!(found.len(), 103, "{limit}");
        assert!(found.is_sorted_by(|a, b| (a.found_at, &a.id) > (b.found_at, &b.id)), "{limit}");
    }
    let exactly = generation.findings(&FindingFilter { limit: 103, ..FindingFilter::default() }).unwrap();
    assert_eq!((exactly.findings.len(), exactly.next), (103, None));
}

#[test]
fn every_filter_lets_through_what_it_names_and_nothing_else() {
    type Holds = fn(&LoggedFinding) -> bool;
    let generation = published(200);
    let everything = all(&generation, &FindingFilter::default());
    let at =
        |seconds| Some("2024-02-01T00:00:00.000001Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds));
    let any = FindingFilter { limit: 31, ..FindingFilter::default() };
    let cases: [(FindingFilter, Holds); 10] = [
        (FindingFilter { severity: Some(Severity::Info), ..any.clone() }, |_| true),
        (FindingFilter { severity: Some(Severity::Warning), ..any.clone() }, |found| {
            found.severity >= Severity::Warning
        }),
        (FindingFilter { severity: Some(Severity::Error), ..any.clone() }, |found| found.severity == Severity::Error),
        (FindingFilter { check: Some("price_limit".to_owned()), ..any.clone() }, |found| found.check == "price_limit"),
        (FindingFilter { code: Some(code("600001.SH")), ..any.clone() }, |found| found.code == Some(code("600001.SH"))),
        (FindingFilter { trade_dates: Some((date("2024-01-03"), date("2024-01-04"))), ..any.clone() }, |found| {
            found.trade_date.is_some_and(|day| (date("2024-01-03")..=date("2024-01-04")).contains(&day))
        }),
        (FindingFilter { since: at(25), ..any.clone() }, |found| found.found_at.timestamp() - 1_706_745_600 >= 25),
        (FindingFilter { until: at(25), ..any.clone() }, |found| found.found_at.timestamp() - 1_706_745_600 < 25),
        (FindingFilter { open_only: true, ..any.clone() }, |found| found.closed_at.is_none()),
        (
            FindingFilter {
                open_only: true,
                severity: Some(Severity::Error),
                since: at(10),
                code: Some(code("600002.SH")),
                ..any
            },
            |found| {
                found.closed_at.is_none()
                    && found.severity == Severity::Error
                    && found.found_at.timestamp() - 1_706_745_600 >= 10
                    && found.code == Some(code("600002.SH"))
            },
        ),
    ];
    for (filter, holds) in cases {
        let expected: Vec<_> = everything.iter().filter(|found| holds(found)).cloned().collect();
        assert!(!expected.is_empty(), "{filter:?}");
        assert_eq!(all(&generation, &filter), expected, "{filter:?}");
    }
    let nothing = FindingFilter { check: Some("x' OR '1'='1".to_owned()), ..FindingFilter::default() };
    assert!(generation.findings(&nothing).unwrap().findings.is_empty());
    let backwards = FindingFilter { trade_dates: Some((date("2024-01-04"), date("2024-01-03"))), ..nothing };
    assert!(generation.findings(&FindingFilter { check: None, ..backwards }).unwrap().findings.is_empty());
}

#[test]
fn a_finding_says_everything_that_is_known_of_it() {
    let generation = published(10);
    let found = all(&generation, &FindingFilter::default());
    let of = |n: u32| found.iter().find(|found| found.message == format!("finding {n}")).unwrap();
    let second = of(2);
    assert_eq!((second.check.as_str(), second.code, second.trade_date), ("freshness", None, None));
    assert_eq!((second.severity, second.generation, second.closed_at), (Severity::Error, Some(2), None));
    assert_eq!(second.details, serde_json::json!({"n": 2}));
    assert_eq!(second.found_at.timestamp_micros(), 1_706_745_600_000_001);
    assert_eq!((of(1).generation, of(1).details.as_str()), (None, Some("not JSON")));
    assert_eq!(of(1).closed_at.unwrap().to_rfc3339(), "2024-03-01T00:00:00+00:00");
    assert_eq!((of(0).details.is_null(), of(0).code), (true, Some(code("600000.SH"))));
}

#[test]
fn open_findings_are_counted_by_rule_and_severity() {
    let generation = published(300);
    let counts = generation.open_finding_counts().unwrap();
    assert!(counts.is_sorted() && counts.iter().all(|(check, ..)| check != "price_limit"), "{counts:?}");
    for (check, severity, count) in &counts {
        let filter = FindingFilter { check: Some(check.clone()), open_only: true, ..FindingFilter::default() };
        let found = all(&generation, &filter).iter().filter(|found| found.severity.as_str() == severity).count();
        assert_eq!(found as u64, *count, "{check} {severity}");
    }
    assert_eq!(counts.iter().map(|(.., count)| count).sum::<u64>(), 200);
}

#[test]
fn a_severity_that_a_newer_program_made_up_is_at_least_worth_a_look() {
    let fixture = Fixture::new();
    fixture.tail(|conn| {
        conn.execute(
            "INSERT INTO quality_log VALUES ('1', 'x', NULL, NULL, 'fatal', '', NULL, NULL, ?, NULL)",
            [now().naive_utc()],
        )
        .unwrap();
    });
    fixture.commit(&[]);
    fixture.publish();
    let page = fixture.reader().current().unwrap().findings(&FindingFilter::default()).unwrap();
    assert_eq!((page.findings[0].severity, page.findings[0].found_at), (Severity::Error, now()));
}

#[test]
fn the_log_is_counted_by_rule_severity_and_day_as_its_pages_hold_it() {
    let generation = published(200);
    let mut expected = std::collections::BTreeMap::new();
    for found in all(&generation, &FindingFilter::default()) {
        let key = (found.check, found.severity.to_string(), found.trade_date.is_none(), found.trade_date);
        let (open, every) = expected.entry(key).or_insert((0, 0));
        *open += u64::from(found.closed_at.is_none());
        *every += 1;
    }
    let counted = generation.finding_days().unwrap();
    let counted = counted.into_iter().map(|FindingDay { check, severity, date, open, all }| {
        ((check, severity.to_string(), date.is_none(), date), (open, all))
    });
    assert_eq!(counted.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
    assert_eq!(published(0).finding_days().unwrap(), []);
}

#[test]
fn a_finding_is_found_by_its_id() {
    let generation = published(20);
    for found in all(&generation, &FindingFilter::default()) {
        assert_eq!(generation.finding(&found.id).unwrap(), Some(found));
    }
    assert_eq!(generation.finding("' OR true --").unwrap(), None);
}
