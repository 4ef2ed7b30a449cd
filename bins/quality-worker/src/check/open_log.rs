//! The open findings of a generation's log.

use quality_rules::Origin;
use warehouse::{FindingFilter, FindingPage, Generation, LoggedFinding, PAGE_ROWS_MAX, WarehouseError};

use super::bounded::unlisted;
use crate::alerts::{
    book::OpenLog,
    group::{Example, GroupKey, Groups},
};

/// Reads what the writer raised; with `all`, what checks raised too. Plans queries.
pub(crate) fn read(generation: &Generation, all: bool) -> Result<OpenLog, WarehouseError> {
    let mut log = OpenLog { generation: generation.number(), ..OpenLog::default() };
    let mut after = None;
    loop {
        let FindingPage { findings, next } = if all {
            let filter = FindingFilter { open_only: true, after, limit: PAGE_ROWS_MAX, ..FindingFilter::default() };
            generation.findings(&filter)?
        } else {
            generation.open_findings_of_writer(after)?
        };
        for finding in findings {
            let groups = if is_the_writers(&finding) { &mut log.written } else { &mut log.checked };
            add(groups, finding);
        }
        match next {
            Some(cursor) => after = Some(cursor),
            None => return Ok(log),
        }
    }
}

/// A check by the clock names no generation where there is none yet.
fn is_the_writers(finding: &LoggedFinding) -> bool {
    let by_the_clock = quality_rules::rule(&finding.check).is_some_and(|rule| rule.origin == Origin::Clock);
    finding.generation.is_none() && !by_the_clock
}

fn add(groups: &mut Groups, finding: LoggedFinding) {
    let detail = |name: &str| finding.details.get(name).and_then(serde_json::Value::as_str);
    let subject = match (detail("source"), detail("dataset")) {
        (Some(source), Some(dataset)) => format!("{source}/{dataset}"),
        _ => String::new(),
    };
    let example = Example {
        severity: finding.severity,
        code: finding.code.map(|code| code.to_string()),
        trade_date: finding.trade_date,
        message: finding.message,
    };
    let key = GroupKey::of(finding.trade_date, &subject);
    match unlisted(&finding.details) {
        Some((warnings, errors)) => groups.add_unlisted(&finding.check, key, example, (warnings, errors)),
        None => groups.add(&finding.check, key, example),
    }
}
