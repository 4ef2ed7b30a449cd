//! One token, as those know it who let callers in.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use route_policy::Cny;
use serde::{Deserialize, Serialize};

use crate::{Digest, ModelPatterns, Scope, Scopes};

/// What the owner of a token may do. It holds no secret, only a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its stable id, chosen by whoever registered it.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Arc<str>,
    /// Whose use it is: limits, fairness and money are counted by profile.
    pub profile: Arc<str>,
    /// What it may be used for.
    pub scopes: Scopes,
    /// The models that it may ask for; `None` is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<ModelPatterns>,
    /// What the profile should cost on a day (Asia/Shanghai) at most, CNY; `None` is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cap: Option<Cny>,
    /// The first moment at which it lets nobody in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// SHA-256 of the token's text.
    #[serde(rename = "sha256")]
    pub digest: Digest,
}

impl Grant {
    /// Whether it may be used for `scope`.
    pub const fn allows(&self, scope: Scope) -> bool {
        self.scopes.has(scope)
    }

    /// Whether it may ask for `model`, by its public name.
    pub fn allows_model(&self, model: &str) -> bool {
        self.models.as_ref().is_none_or(|models| models.allow(model))
    }

    /// Whether it has ended.
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| now >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_reads_back_from_json_with_and_without_its_bounds() {
        let sha256 = Digest::of(b"x").to_string();
        let least = format!(r#"{{"id":"a","name":"A","profile":"p","scopes":["llm"],"sha256":"{sha256}"}}"#);
        let grant: Grant = serde_json::from_str(&least).unwrap();
        assert!(grant.allows(Scope::Llm) && !grant.allows(Scope::Admin) && grant.allows_model("anything"));
        assert_eq!(serde_json::to_string(&grant).unwrap(), least);
        let most = least.replace(
            r#","sha256""#,
            r#","models":["qwen-*"],"daily_cap":"12.5","expires_at":"2026-12-31T16:00:00Z","sha256""#,
        );
        let grant: Grant = serde_json::from_str(&most).unwrap();
        assert!(grant.allows_model("qwen-plus") && !grant.allows_model("gpt-5"));
        assert_eq!(grant.daily_cap, Some(Cny::from_nano(12_500_000_000)));
        assert!(grant.is_expired("2026-12-31T16:00:00Z".parse().unwrap()));
        assert_eq!(serde_json::to_string(&grant).unwrap(), most);
    }
}
