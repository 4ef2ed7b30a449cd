//! How old results may be.

use super::BadQuery;

/// How old results may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeRange {
    /// `day`
    Day,
    /// `week`
    Week,
    /// `month`
    Month,
    /// `year`
    Year,
}

impl TimeRange {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// SearXNG's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, BadQuery> {
        let found = Self::ALL.into_iter().find(|range| range.name() == text);
        found.ok_or_else(|| BadQuery::new("time_range", "no such range", &["day", "week", "month", "year"]))
    }
}
