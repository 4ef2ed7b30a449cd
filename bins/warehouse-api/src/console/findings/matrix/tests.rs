use axum::http::Uri;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn counted(check: &str, severity: Severity, date: Option<&str>, open: u64, all: u64) -> FindingDay {
    FindingDay { check: check.to_owned(), severity, date: date.map(day), open, all }
}

fn asked(query: &str) -> Asked {
    Asked::without_codes(&format!("/console/findings?{query}").parse::<Uri>().unwrap()).unwrap()
}

#[test]
fn the_worst_rule_stands_first_and_old_days_are_in_the_sum_only() {
    let mut log = vec![
        counted("cross_source", Severity::Warning, Some("2026-04-28"), 7, 9),
        counted("freshness", Severity::Error, None, 1, 4),
        counted("price_limit", Severity::Error, Some("2026-04-28"), 0, 2),
    ];
    for old in 1..=12 {
        log.push(counted("cross_source", Severity::Warning, Some(&format!("2026-03-{old:02}")), 1, 1));
    }
    let matrix = Matrix::of(&log, &asked(""));
    let order: Vec<_> = matrix.rules.iter().map(|rule| (rule.check.as_str(), rule.all)).collect();
    assert_eq!(order, [("freshness", 1), ("cross_source", 19)], "what is closed does not count");
    assert_eq!((matrix.days.len(), matrix.days[11]), (DAYS, day("2026-04-28")));
    assert!(matrix.has_older());

    let page = matrix.render(Language::English, &asked("code=x&cursor=y")).into_string();
    assert!(page.contains("<a href=\"/console/findings?check=cross_source&amp;day=2026-04-28\">7</a>"), "{page}");
}

#[test]
fn state_and_severity_choose_what_is_counted() {
    let log = [
        counted("cross_source", Severity::Warning, Some("2026-04-28"), 7, 9),
        counted("source_replaced", Severity::Info, Some("2026-04-28"), 0, 3),
    ];
    assert_eq!(Matrix::of(&log, &asked("state=all")).rules.len(), 2);
    assert_eq!(Matrix::of(&log, &asked("state=all&severity=warning")).rules[0].all, 9);
    let none = Matrix::of(&log, &asked("severity=error"));
    assert!(none.render(Language::Chinese, &asked("")).into_string().contains("没有未处理的问题"));
}
