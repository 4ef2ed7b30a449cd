//! The ways to say no, and what each is in bytes.

use serde::{Deserialize, Serialize};

/// What a provider objects to. Each dialect says it in its own words, the nearest it has where it lacks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LlmRefusal {
    /// Too many requests in this minute.
    RequestsPerMinute,
    /// Too many tokens in this minute. DashScope says `insufficient_quota`, and means a wait of a minute.
    TokensPerMinute,
    /// The rate grew too fast.
    Burst,
    /// The key is none.
    InvalidKey,
    /// The account owes money. DashScope says it with HTTP 400.
    Arrears,
    /// The bill is overdue, said with HTTP 429 by DashScope; it does not pass by waiting.
    Overdue,
    /// The free allowance is used up; it does not come back.
    FreeQuotaUsedUp,
    /// The account may not use this model.
    ModelDenied,
    /// The provider does not have this model.
    ModelMissing,
    /// Content inspection objects.
    Content,
    /// A parameter is wrong.
    BadParameter,
    /// Too much to do.
    Overloaded,
    /// It gave up on the model after a while.
    Timeout,
    /// The path is none of its.
    WrongPath,
    /// It broke.
    Internal,
}

impl LlmRefusal {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::RequestsPerMinute,
        Self::TokensPerMinute,
        Self::Burst,
        Self::InvalidKey,
        Self::Arrears,
        Self::Overdue,
        Self::FreeQuotaUsedUp,
        Self::ModelDenied,
        Self::ModelMissing,
        Self::Content,
        Self::BadParameter,
        Self::Overloaded,
        Self::Timeout,
        Self::WrongPath,
        Self::Internal,
    ];

    /// Its name in logs and books, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestsPerMinute => "requests_per_minute",
            Self::TokensPerMinute => "tokens_per_minute",
            Self::Burst => "burst",
            Self::InvalidKey => "invalid_key",
            Self::Arrears => "arrears",
            Self::Overdue => "overdue",
            Self::FreeQuotaUsedUp => "free_quota_used_up",
            Self::ModelDenied => "model_denied",
            Self::ModelMissing => "model_missing",
            Self::Content => "content",
            Self::BadParameter => "bad_parameter",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::WrongPath => "wrong_path",
            Self::Internal => "internal",
        }
    }
}

/// A refusal in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

impl Refused {
    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json", body: body.to_string() }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: body.to_owned() }
    }
}
