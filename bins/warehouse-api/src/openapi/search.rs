//! The shape of `/search`, which is SearXNG's and passed on as it came.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An answer of `/search`. SearXNG may add members; answers, corrections, infoboxes and suggestions are its own affair.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchBody {
    /// What was asked.
    #[schema(example = "贵州茅台 三季报")]
    pub query: String,
    /// The results of all engines, merged, the best first.
    pub results: Vec<SearchResultBody>,
    /// Engines that failed, each with the reason.
    #[serde(default)]
    pub unresponsive_engines: Vec<(String, String)>,
    /// True where the engines failed and an earlier answer stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<bool>,
    /// When a stale answer was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
}

/// One result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SearchResultBody {
    /// Where it is.
    pub url: String,
    /// Its title.
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub content: String,
    /// All engines that have it.
    #[serde(default)]
    pub engines: Vec<String>,
}
