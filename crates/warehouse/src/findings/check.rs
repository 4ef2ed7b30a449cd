//! Refuses records that contradict themselves or that nothing sensible would send.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use market_model::Code;
use quality_rules::Severity;

use super::{FindingsRecord, FoundRow};
use crate::WarehouseError;

/// More findings than that in one part are a mistake: parts exist to be small.
const FINDINGS_MAX: usize = 50_000;
/// More days than that are no list of days but the whole history.
const DATES_MAX: usize = 20_000;
/// Longest name of a check or rule, in bytes.
const NAME_MAX: usize = 64;
/// Longest subject and message, in bytes.
const TEXT_MAX: usize = 4_096;
/// Longest details as JSON, in bytes.
const DETAILS_MAX: usize = 65_536;

/// # Errors
/// `BadBatch` naming the field.
pub(super) fn validate(record: &FindingsRecord) -> Result<(), WarehouseError> {
    let FindingsRecord { check, scope, findings, .. } = record;
    require(is_name(check), || format!("`check` is `{check}`, no name of a check"))?;
    require(!scope.checks.is_empty(), || "`scope.checks` is empty".to_owned())?;
    for (at, rule) in scope.checks.iter().enumerate() {
        require(is_name(rule), || format!("`scope.checks[{at}]` is `{rule}`, no name of a rule"))?;
    }
    if let Some(dates) = &scope.dates {
        require(!dates.is_empty(), || "`scope.dates` is empty: leave it out for all days".to_owned())?;
        require(dates.len() <= DATES_MAX, || format!("`scope.dates` has {} days", dates.len()))?;
        for (at, date) in dates.iter().enumerate() {
            require(is_day(*date), || format!("`scope.dates[{at}]` is {date}"))?;
        }
    }
    if let (Some(from), Some(to)) = (&scope.from_code, &scope.to_code) {
        require(from < to, || format!("`scope.to_code` ({to}) does not come after `scope.from_code` ({from})"))?;
    }
    require(findings.len() <= FINDINGS_MAX, || format!("`findings` has {} entries", findings.len()))?;
    let rules: BTreeSet<&str> = scope.checks.iter().map(String::as_str).collect();
    let dates: Option<BTreeSet<NaiveDate>> = scope.dates.as_ref().map(|dates| dates.iter().copied().collect());
    for (at, finding) in findings.iter().enumerate() {
        well_formed(finding).map_err(|what| bad(&format!("`findings[{at}].{what}")))?;
        in_scope(record, finding, &rules, dates.as_ref()).map_err(|what| bad(&format!("`findings[{at}].{what}")))?;
    }
    Ok(())
}

fn well_formed(finding: &FoundRow) -> Result<(), String> {
    let FoundRow { severity, code, trade_date, subject, message, details, .. } = finding;
    severity.parse::<Severity>().map_err(|error| format!("severity`: {error}"))?;
    if let Some(code) = code {
        code.parse::<Code>().map_err(|error| format!("code`: {error}"))?;
    }
    if let Some(date) = trade_date.filter(|date| !is_day(*date)) {
        return Err(format!("trade_date` is {date}"));
    }
    for (name, text) in [("subject", subject), ("message", message)] {
        if text.len() > TEXT_MAX {
            return Err(format!("{name}` has {} bytes, {TEXT_MAX} are allowed", text.len()));
        }
    }
    if message.trim().is_empty() {
        return Err("message` is empty".to_owned());
    }
    let length = details.to_string().len();
    if length > DETAILS_MAX {
        return Err(format!("details` has {length} bytes, {DETAILS_MAX} are allowed"));
    }
    Ok(())
}

/// A finding outside the scope could never be closed by the next check of the same scope.
fn in_scope(
    record: &FindingsRecord,
    finding: &FoundRow,
    rules: &BTreeSet<&str>,
    dates: Option<&BTreeSet<NaiveDate>>,
) -> Result<(), String> {
    let scope = &record.scope;
    if !rules.contains(finding.check.as_str()) {
        return Err(format!("check` is `{}`, which is not in `scope.checks`", finding.check));
    }
    match (dates, finding.trade_date) {
        (Some(_), None) => return Err("trade_date` is absent, and the scope is some days".to_owned()),
        (Some(dates), Some(date)) if !dates.contains(&date) => {
            return Err(format!("trade_date` is {date}, which is not in `scope.dates`"));
        }
        _ => {}
    }
    match (&finding.code, &scope.from_code, &scope.to_code) {
        (None, Some(_), _) => Err("code` is absent, and this is not the first part".to_owned()),
        (Some(code), Some(from), _) if code < from => Err(format!("code` ({code}) lies before `scope.from_code`")),
        (Some(code), _, Some(to)) if code >= to => Err(format!("code` ({code}) lies behind `scope.to_code`")),
        _ => Ok(()),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= NAME_MAX
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_day(date: NaiveDate) -> bool {
    (1700..2200).contains(&date.year())
}

fn require(condition: bool, what: impl FnOnce() -> String) -> Result<(), WarehouseError> {
    if condition { Ok(()) } else { Err(bad(&what())) }
}

fn bad(what: &str) -> WarehouseError {
    WarehouseError::BadBatch(what.to_owned())
}
