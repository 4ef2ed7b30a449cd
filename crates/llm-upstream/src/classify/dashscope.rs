//! DashScope's refusals in its compatible mode: `{"error": {message, type, param, code}, "request_id"}`, with the codes
//! of the native protocol here and there.
//! Source: help.aliyun.com/en/model-studio (error-code, rate-limit, rate-limiting-best-practices).

use route_policy::{Meter, Verdict};

use super::row::{
    Row,
    Status::{Any, Is},
};

pub(super) const ROWS: &[Row] = &[
    // HTTP 400, and yet no fault of the caller's: it holds until somebody pays.
    Row::new("dashscope-arrearage", Any, Verdict::AccountParked).codes(&["Arrearage"]),
    Row::new("dashscope-arrearage-text", Any, Verdict::AccountParked).texts(&["account is in good standing"]),
    Row::new("dashscope-key", Any, Verdict::KeyDead).codes(&["invalid_api_key", "InvalidApiKey"]),
    Row::new("dashscope-content", Any, Verdict::Content).codes(&[
        "data_inspection_failed",
        "DataInspectionFailed",
        "DataInspection",
    ]),
    // Permanent 429s, before the passing ones.
    Row::new("dashscope-bill", Any, Verdict::AccountParked).codes(&[
        "PrepaidBillOverdue",
        "PostpaidBillOverdue",
        "CommodityNotPurchased",
    ]),
    Row::new("dashscope-free-tier", Any, Verdict::ModelDenied).codes(&["AllocationQuota.FreeTierOnly"]),
    Row::new("dashscope-free-quota", Any, Verdict::ModelDenied).texts(&[
        "free allocated quota exceeded",
        "free quota has been exhausted",
        "free tier of the model",
    ]),
    Row::new("dashscope-denied", Any, Verdict::ModelDenied).codes(&[
        "AccessDenied.Unpurchased",
        "Model.AccessDenied",
        "model_access_denied",
        "access_denied",
    ]),
    Row::new("dashscope-workspace", Is(403), Verdict::ModelDenied).codes(&["Workspace.AccessDenied", "AccessDenied"]),
    Row::new("dashscope-model-missing", Any, Verdict::ModelMissing).codes(&["model_not_found", "ModelNotFound"]),
    Row::new("dashscope-model-unsupported", Any, Verdict::ModelMissing).codes(&["model_not_supported"]),
    Row::new("dashscope-rpm", Any, Verdict::Wait(Meter::Requests)).codes(&["limit_requests", "Throttling.RateQuota"]),
    Row::new("dashscope-burst", Any, Verdict::Wait(Meter::Burst)).codes(&["limit_burst_rate", "Throttling.BurstRate"]),
    // OpenAI's words for an empty account; here the tokens of this minute.
    Row::new("dashscope-tpm", Any, Verdict::Wait(Meter::Tokens)).codes(&[
        "insufficient_quota",
        "Throttling.AllocationQuota",
        "limit_tokens",
    ]),
    Row::new("dashscope-tpm-text", Is(429), Verdict::Wait(Meter::Tokens)).texts(&["exceeded your current quota"]),
    Row::new("dashscope-rpm-text", Is(429), Verdict::Wait(Meter::Requests))
        .texts(&["current requests list", "requests rate limit exceeded"]),
    Row::new("dashscope-burst-text", Is(429), Verdict::Wait(Meter::Burst)).texts(&["rate increased too quickly"]),
    Row::new("dashscope-concurrency", Any, Verdict::Wait(Meter::Concurrency)).texts(&["too many concurrent requests"]),
    Row::new("dashscope-throttled", Any, Verdict::Wait(Meter::Unknown)).codes(&["Throttling*", "limit_*"]),
    Row::new("dashscope-busy", Any, Verdict::Overloaded).codes(&[
        "ModelServingError",
        "ServiceUnavailable",
        "SystemBusy",
    ]),
    // After 300 seconds of its own.
    Row::new("dashscope-timeout", Any, Verdict::Broken).codes(&["RequestTimeOut", "request_timeout"]),
    Row::new("dashscope-internal", Any, Verdict::Broken).codes(&[
        "InternalError*",
        "internal_error",
        "internal_server_error",
    ]),
];
