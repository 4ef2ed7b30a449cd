//! SiliconFlow's refusals: no `error` object anywhere; some are bare JSON strings, one is no JSON at all.

use serde_json::json;

use crate::llm::refusal::{LlmRefusal, Refused};

pub(super) fn refuse(refusal: LlmRefusal) -> Refused {
    let limit = |meter: &str| {
        let message = format!("Request was rejected due to rate limiting. Details: {meter} limit reached.");
        Refused::json(429, &json!({"message": message, "data": null}))
    };
    let coded = |status, code: u32, message: &str| {
        Refused::json(status, &json!({"code": code, "message": message, "data": null}))
    };
    match refusal {
        LlmRefusal::RequestsPerMinute => limit("RPM"),
        LlmRefusal::TokensPerMinute => limit("TPM"),
        LlmRefusal::Burst => {
            coded(429, 50602, "Request was rejected due to rate limiting. Details: IPM limit reached.")
        }
        LlmRefusal::InvalidKey => Refused::json(401, &json!("Invalid token")),
        LlmRefusal::Arrears | LlmRefusal::Overdue | LlmRefusal::FreeQuotaUsedUp => {
            coded(403, 30001, "Sorry, your account balance is insufficient")
        }
        LlmRefusal::ModelDenied => coded(403, 30003, "Model disabled."),
        LlmRefusal::ModelMissing => coded(400, 20012, "Model does not exist. Please check it carefully."),
        LlmRefusal::Content => coded(400, 20015, "The input may contain inappropriate content."),
        LlmRefusal::BadParameter => coded(400, 20015, "The parameter is invalid. Please check again."),
        LlmRefusal::Overloaded => coded(503, 50505, "Model service overloaded. Please try again later."),
        LlmRefusal::Timeout => Refused::json(504, &json!("Request timed out")),
        LlmRefusal::WrongPath => Refused::text(404, "404 page not found"),
        LlmRefusal::Internal => coded(500, 50000, "Unknown error"),
    }
}
