//! OpenAI's refusals.

use serde_json::{Value, json};

use crate::llm::refusal::{LlmRefusal, Refused};

pub(super) fn refuse(refusal: LlmRefusal, model: &str) -> Refused {
    let limit = |meter: &str, kind: &str| {
        let message = format!(
            "Rate limit reached for {model} in organization org-sim on {meter}: Limit 3, Used 3, Requested 1. Please try \
             again in 20s."
        );
        (429, message, kind.to_owned(), Value::Null, json!("rate_limit_exceeded"))
    };
    let error = |status: u16, message: &str, kind: &str, code: Value| {
        (status, message.to_owned(), kind.to_owned(), Value::Null, code)
    };
    let quota = "You exceeded your current quota, please check your plan and billing details. For more information on \
                 this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.";
    let (status, message, kind, param, code) = match refusal {
        LlmRefusal::RequestsPerMinute => limit("requests per min (RPM)", "requests"),
        LlmRefusal::TokensPerMinute => limit("tokens per min (TPM)", "tokens"),
        LlmRefusal::Burst => error(503, "Slow Down: your request rate grew suddenly.", "slow_down", json!("slow_down")),
        LlmRefusal::InvalidKey => {
            let message = "Incorrect API key provided: sk-sim-****. You can find your API key at \
                           https://platform.openai.com/account/api-keys.";
            error(401, message, "invalid_request_error", json!("invalid_api_key"))
        }
        LlmRefusal::Arrears => {
            let message = "Your account is not active, please check your billing details on our website.";
            error(429, message, "billing_not_active", json!("billing_not_active"))
        }
        LlmRefusal::Overdue | LlmRefusal::FreeQuotaUsedUp => {
            error(429, quota, "insufficient_quota", json!("insufficient_quota"))
        }
        LlmRefusal::ModelDenied => {
            let message = format!("Project `proj_sim` does not have access to model `{model}`");
            error(403, &message, "invalid_request_error", json!("model_not_found"))
        }
        LlmRefusal::ModelMissing => {
            let message = format!("The model `{model}` does not exist or you do not have access to it.");
            error(404, &message, "invalid_request_error", json!("model_not_found"))
        }
        LlmRefusal::Content => {
            let message = "Your request was rejected as a result of our safety system.";
            error(400, message, "invalid_request_error", json!("content_policy_violation"))
        }
        LlmRefusal::BadParameter => {
            let message = "Invalid 'top_p': decimal above maximum value. Expected a value <= 1, but got 3 instead.";
            let kind = "invalid_request_error".to_owned();
            (400, message.to_owned(), kind, json!("top_p"), json!("decimal_above_max_value"))
        }
        LlmRefusal::Overloaded => {
            error(503, "The engine is currently overloaded, please try again later", "server_error", Value::Null)
        }
        LlmRefusal::Timeout => return Refused::text(504, "upstream request timeout"),
        LlmRefusal::WrongPath => error(404, "Invalid URL (POST /v1/nowhere)", "invalid_request_error", Value::Null),
        LlmRefusal::Internal => {
            let message = "The server had an error while processing your request. Sorry about that!";
            error(500, message, "server_error", Value::Null)
        }
    };
    Refused::json(status, &json!({"error": {"message": message, "type": kind, "param": param, "code": code}}))
}
