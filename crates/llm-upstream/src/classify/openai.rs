//! OpenAI's refusals: `{"error": {message, type, param, code}}`.
//! Source: platform.openai.com (error codes, rate limits).

use route_policy::{Meter, Verdict};

use super::row::{
    Row,
    Status::{Any, Is},
};

pub(super) const ROWS: &[Row] = &[
    Row::new("openai-key", Any, Verdict::KeyDead).codes(&["invalid_api_key"]),
    Row::new("openai-deactivated", Any, Verdict::AccountParked)
        .codes(&["account_deactivated", "organization_deactivated"]),
    // Here it is the account that is empty, not the minute.
    Row::new("openai-quota", Any, Verdict::AccountParked).codes(&[
        "insufficient_quota",
        "billing_not_active",
        "billing_hard_limit_reached",
    ]),
    Row::new("openai-region", Any, Verdict::Misconfigured).codes(&["unsupported_country_region_territory"]),
    Row::new("openai-model-missing", Any, Verdict::ModelMissing).codes(&["model_not_found"]),
    Row::new("openai-permission", Is(403), Verdict::ModelDenied)
        .codes(&["permission_denied", "insufficient_permissions"]),
    Row::new("openai-content", Any, Verdict::Content).codes(&["content_policy_violation", "content_filter"]),
    Row::new("openai-tpm", Is(429), Verdict::Wait(Meter::Tokens)).texts(&[
        "tokens per min",
        "tokens per day",
        "(tpm)",
        "(tpd)",
    ]),
    Row::new("openai-rpm", Is(429), Verdict::Wait(Meter::Requests)).texts(&[
        "requests per min",
        "requests per day",
        "(rpm)",
        "(rpd)",
    ]),
    Row::new("openai-tokens", Is(429), Verdict::Wait(Meter::Tokens)).codes(&["tokens"]),
    Row::new("openai-requests", Is(429), Verdict::Wait(Meter::Requests)).codes(&["requests"]),
    Row::new("openai-rate", Any, Verdict::Wait(Meter::Unknown)).codes(&["rate_limit_exceeded", "rate_limit_error"]),
    Row::new("openai-slow-down", Any, Verdict::Overloaded).texts(&[
        "slow down",
        "currently overloaded",
        "engine is overloaded",
        "server is overloaded",
    ]),
    Row::new("openai-server", Any, Verdict::Broken).codes(&["server_error", "api_error"]),
];
