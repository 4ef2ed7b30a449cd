//! Refusals of a New-API (one-api) gateway: its own (`type` `new_api_error` or `one_api_error`, texts in Chinese or
//! English, `(request id: …)` at the end), and those of whatever stands behind it, passed on.
//! Source: bodies quoted in public issue threads of both projects.

use route_policy::{Meter, Verdict};

use super::row::{
    Row,
    Status::{Any, Is},
};

pub(super) const ROWS: &[Row] = &[
    Row::new("new-api-user-quota", Any, Verdict::AccountParked).codes(&["insufficient_user_quota"]),
    Row::new("new-api-user-quota-text", Any, Verdict::AccountParked).texts(&[
        "用户额度不足",
        "user quota is not enough",
        "用户已被封禁",
        "account balance is insufficient",
    ]),
    // A token of that gateway is our key; its own quota says nothing about the account.
    Row::new("new-api-token-quota", Any, Verdict::KeyDead).codes(&["pre_consume_token_quota_failed"]),
    Row::new("new-api-token-quota-text", Any, Verdict::KeyDead).texts(&[
        "令牌额度不足",
        "令牌额度已用尽",
        "token quota is not enough",
    ]),
    Row::new("new-api-token", Is(401), Verdict::KeyDead).texts(&[
        "无效的令牌",
        "invalid token",
        "令牌已过期",
        "令牌状态不可用",
        "未提供令牌",
    ]),
    Row::new("new-api-denied", Any, Verdict::ModelDenied).texts(&["无权访问模型", "无权访问任何模型", "无权访问"]),
    Row::new("new-api-no-channel", Any, Verdict::ModelMissing).codes(&["model_not_found"]),
    Row::new("new-api-no-channel-text", Any, Verdict::ModelMissing).texts(&["无可用渠道", "no available channel"]),
    Row::new("new-api-requests", Is(429), Verdict::Wait(Meter::Requests)).texts(&["请求数限制", "总请求数限制"]),
    Row::new("new-api-saturated", Any, Verdict::Overloaded).texts(&["负载已饱和", "负载已经饱和"]),
    Row::new("new-api-content", Any, Verdict::Content).codes(&["sensitive_words_detected", "prompt_blocked"]),
    // Its channel's refusals, passed on: they are its own matter, and pass when it changes channels.
    Row::new("new-api-passed-quota", Is(429), Verdict::Wait(Meter::Tokens)).codes(&[
        "insufficient_quota",
        "Throttling.AllocationQuota",
        "tokens",
    ]),
    Row::new("new-api-passed-arrearage", Any, Verdict::Broken).codes(&["Arrearage", "account_deactivated"]),
    Row::new("new-api-channel", Any, Verdict::Broken).codes(&[
        "channel:*",
        "do_request_failed",
        "bad_response*",
        "get_channel_failed",
        "read_response_body_failed",
    ]),
];
