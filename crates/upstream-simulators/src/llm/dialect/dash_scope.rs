//! DashScope's refusals in compatible mode.

use serde_json::json;

use crate::llm::refusal::{LlmRefusal, Refused};

pub(super) fn refuse(refusal: LlmRefusal, model: &str, request: &str) -> Refused {
    let missing = format!("The model `{model}` does not exist or you do not have access to it.");
    let (status, code, kind, message) = match refusal {
        LlmRefusal::RequestsPerMinute => {
            (429, "limit_requests", "limit_requests", "You exceeded your current requests list.")
        }
        LlmRefusal::TokensPerMinute => (
            429,
            "insufficient_quota",
            "insufficient_quota",
            "You exceeded your current quota, please check your plan and billing details. For details, see: \
             https://help.aliyun.com/zh/model-studio/error-code#token-limit",
        ),
        LlmRefusal::Burst => (
            429,
            "limit_burst_rate",
            "limit_burst_rate",
            "Request rate increased too quickly. To ensure system stability, please adjust your client logic to scale \
             requests more smoothly over time.",
        ),
        LlmRefusal::InvalidKey => (401, "invalid_api_key", "invalid_request_error", "Incorrect API key provided. "),
        LlmRefusal::Arrears => {
            (400, "Arrearage", "Arrearage", "Access denied, please make sure your account is in good standing.")
        }
        LlmRefusal::Overdue => (
            429,
            "PrepaidBillOverdue",
            "PrepaidBillOverdue",
            "The prepaid bill is overdue. Please renew before you use the service.",
        ),
        LlmRefusal::FreeQuotaUsedUp => (
            403,
            "AllocationQuota.FreeTierOnly",
            "AllocationQuota.FreeTierOnly",
            "The free tier of the model has been exhausted. If you wish to continue access the model on a paid basis, \
             please disable the \"use free tier only\" mode in the management console.",
        ),
        LlmRefusal::ModelDenied => {
            (403, "AccessDenied.Unpurchased", "AccessDenied.Unpurchased", "Access to model denied. Not purchased yet.")
        }
        LlmRefusal::ModelMissing => (404, "model_not_found", "invalid_request_error", missing.as_str()),
        LlmRefusal::Content => {
            (400, "data_inspection_failed", "data_inspection_failed", "Output data may contain inappropriate content.")
        }
        LlmRefusal::BadParameter => (
            400,
            "invalid_parameter_error",
            "invalid_request_error",
            "<400> InternalError.Algo.InvalidParameter: Range of top_p should be (0.0, 1.0]",
        ),
        LlmRefusal::Overloaded => {
            (503, "ModelServingError", "ModelServingError", "Too many requests. Your requests are being throttled.")
        }
        LlmRefusal::Timeout => (500, "RequestTimeOut", "RequestTimeOut", "Request timed out, please try again later."),
        LlmRefusal::WrongPath => return Refused { status: 404, content_type: "text/plain", body: String::new() },
        LlmRefusal::Internal => {
            (500, "internal_error", "internal_error", "An internal error has occured, please try again later.")
        }
    };
    let error = json!({"message": message, "type": kind, "param": null, "code": code});
    Refused::json(status, &json!({"error": error, "request_id": request}))
}
