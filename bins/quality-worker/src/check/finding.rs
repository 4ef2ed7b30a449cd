//! A finding as the alerts and the writer take it.

use job_queue::payload::FindingRecord;
use quality_rules::Finding;

use crate::alerts::group::{Example, GroupKey};

/// What a message shows of it.
pub(crate) fn example(finding: &Finding) -> Example {
    Example {
        severity: finding.severity,
        code: finding.code.map(|code| code.to_string()),
        trade_date: finding.trade_date,
        message: finding.message.clone(),
    }
}

/// The group that it belongs to.
pub(crate) fn group_key(finding: &Finding) -> GroupKey {
    GroupKey::of(finding.trade_date, &finding.subject)
}

/// What the writer records of it.
pub(super) fn record(finding: Finding) -> FindingRecord {
    FindingRecord {
        check: finding.check.to_owned(),
        severity: finding.severity.as_str().to_owned(),
        code: finding.code.map(|code| code.to_string()),
        trade_date: finding.trade_date,
        subject: finding.subject,
        message: finding.message,
        details: finding.details,
    }
}
