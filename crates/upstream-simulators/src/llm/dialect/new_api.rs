//! The refusals of New-API as an upstream: OpenAI's form, its own type, the request's id in the text.

use serde_json::json;

use crate::llm::refusal::{LlmRefusal, Refused};

pub(super) fn refuse(refusal: LlmRefusal, model: &str, request: &str) -> Refused {
    let no_channel = format!("No available channel for model {model} under group default (distributor)");
    let (status, code, message) = match refusal {
        LlmRefusal::RequestsPerMinute | LlmRefusal::Burst => (429, "", "您已达到请求数限制：1分钟内最多请求60次"),
        LlmRefusal::TokensPerMinute => (429, "rate_limit_exceeded", "Rate limit reached on tokens per min (TPM)"),
        LlmRefusal::InvalidKey => (401, "", "无效的令牌"),
        LlmRefusal::Arrears | LlmRefusal::Overdue | LlmRefusal::FreeQuotaUsedUp => {
            (403, "insufficient_user_quota", "user quota is not enough, remaining quota: ¥0.000000")
        }
        LlmRefusal::ModelDenied => (403, "", "该令牌无权访问模型"),
        LlmRefusal::ModelMissing => (503, "model_not_found", no_channel.as_str()),
        LlmRefusal::Content => (400, "sensitive_words_detected", "sensitive words detected"),
        LlmRefusal::BadParameter => (400, "invalid_request", "field messages is required"),
        LlmRefusal::Overloaded => (503, "do_request_failed", "upstream error: do request failed"),
        LlmRefusal::Timeout => (504, "bad_response_status_code", "bad response status code 504"),
        LlmRefusal::WrongPath => (404, "", "Invalid URL (POST /v1/nowhere)"),
        LlmRefusal::Internal => (500, "bad_response", "upstream returned a bad response"),
    };
    let message = format!("{message} (request id: {request})");
    Refused::json(status, &json!({"error": {"message": message, "type": "new_api_error", "param": "", "code": code}}))
}
