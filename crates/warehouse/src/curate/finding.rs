//! What curation notices about a code's day.

use chrono::NaiveDate;
use market_model::Code;

/// The check that raised a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Check {
    /// A day's bars do not continue the series before them: the day has no row.
    SourceSeam,
    /// A derived factor grows otherwise than a vendor's.
    FactorDisagrees,
}

impl Check {
    /// Every check whose findings follow from the rows.
    pub(crate) const ALL: [Self; 2] = [Self::SourceSeam, Self::FactorDisagrees];

    /// The name in `quality_log`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SourceSeam => "source_seam",
            Self::FactorDisagrees => "factor_disagrees",
        }
    }

    /// The severity in `quality_log`.
    pub(crate) fn severity(self) -> &'static str {
        match self {
            Self::SourceSeam => "error",
            Self::FactorDisagrees => "warning",
        }
    }
}

/// A finding about one code's day. It follows from the rows as a curated row does, and goes when they change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    pub(crate) code: Code,
    pub(crate) date: NaiveDate,
    /// What identifies it beside check, code and day: the vendor, or nothing.
    pub(crate) subject: String,
    /// In words.
    pub(crate) message: String,
    /// The figures as JSON.
    pub(crate) details: serde_json::Value,
}
