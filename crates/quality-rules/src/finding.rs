//! What a rule found.

use chrono::NaiveDate;
use market_model::Code;
use serde_json::Value;

use crate::{RuleInfo, Severity};

/// What a rule found about a code's day, a whole day, or a data set.
///
/// Rule, code, day and subject identify it: the same finding of a later check is the same entry of `quality_log`, and an
/// entry that a later check of the same days does not find again is closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule's code.
    pub check: &'static str,
    /// How bad it is: the rule's default, or milder where the rule says so.
    pub severity: Severity,
    /// The code; `None` for a finding about a whole day or data set.
    pub code: Option<Code>,
    /// The day; `None` for a finding about a data set.
    pub trade_date: Option<NaiveDate>,
    /// What identifies it beside rule, code and day: the source, a column; empty where nothing does. Never a figure.
    pub subject: String,
    /// One sentence for people, with the figures.
    pub message: String,
    /// The values seen, as a JSON object: `{"close": 11.5, "up_limit": 11.0, "source": "tushare"}`. Never a figure that
    /// differs between two runs over the same rows.
    pub details: Value,
}

impl Finding {
    /// A finding of `rule` with its default severity, about nothing in particular yet.
    pub fn new(rule: &'static RuleInfo, message: impl Into<String>, details: Value) -> Self {
        let (check, severity) = (rule.code, rule.severity);
        let (subject, message) = (String::new(), message.into());
        Self { check, severity, code: None, trade_date: None, subject, message, details }
    }

    /// About `code` on `date`.
    #[must_use]
    pub fn on(self, code: Code, date: NaiveDate) -> Self {
        Self { code: Some(code), trade_date: Some(date), ..self }
    }

    /// About the whole day `date`.
    #[must_use]
    pub fn of_day(self, date: NaiveDate) -> Self {
        Self { trade_date: Some(date), ..self }
    }

    /// Told apart from others of the same rule, code and day by `subject`.
    #[must_use]
    pub fn about(self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// Milder or worse than the rule's default.
    #[must_use]
    pub fn as_bad_as(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}
