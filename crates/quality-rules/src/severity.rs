//! How bad a finding is.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How bad a finding is; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A fact worth keeping that asks for nothing. It is never open and never an alarm.
    Info,
    /// Somebody should look at it; the data is served.
    Warning,
    /// The data is wrong, missing or not served until somebody has looked.
    Error,
}

/// A text that is no severity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSeverity(String);

impl Severity {
    /// From the mildest to the worst.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// The text in the warehouse, the API and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text).ok_or_else(|| UnknownSeverity(text.to_owned()))
    }
}

impl fmt::Display for UnknownSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no severity; allowed: info, warning, error", self.0)
    }
}

impl std::error::Error for UnknownSeverity {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_reads_back_and_the_worst_is_the_greatest() {
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
        let error = "fatal".parse::<Severity>().unwrap_err();
        assert_eq!(error.to_string(), "`fatal` is no severity; allowed: info, warning, error");
    }
}
