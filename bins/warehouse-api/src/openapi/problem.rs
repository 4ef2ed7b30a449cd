//! The shape of an error.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// `urn:twilight:problem:` and the kind, which is stable.
    #[schema(example = "urn:twilight:problem:invalid-parameter")]
    pub r#type: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    #[schema(example = "`2026-13-01` is not a date: write YYYY-MM-DD or YYYYMMDD")]
    pub detail: String,
    /// The parameter at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "start")]
    pub field: Option<String>,
    /// What it may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// For `ambiguous-code` and `unknown-code`: what may have been meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
}

/// An instrument that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// Its code.
    #[schema(example = "000001.SZ")]
    pub code: String,
    /// Its name, where the warehouse knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `a_share`, `index` …
    #[schema(example = "a_share")]
    pub kind: String,
}
