//! OpenAI.

use std::time::Duration;

use route_policy::{Meter, Verdict};

use super::{check, judge};
use crate::{Dialect::OpenAi, classify::openai::ROWS};

#[test]
fn every_row_of_openai_has_its_meaning() {
    let wait = Verdict::Wait;
    check(
        OpenAi,
        ROWS,
        &[
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided: sk-abcd**********wxyz. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
                "openai-key",
                Verdict::KeyDead,
            ),
            (
                401,
                r#"{"error":{"message":"Your account has been deactivated.","type":"invalid_request_error","code":"account_deactivated"}}"#,
                "openai-deactivated",
                Verdict::AccountParked,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
                "openai-quota",
                Verdict::AccountParked,
            ),
            // With the code in the type alone.
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","param":null,"code":null}}"#,
                "openai-quota",
                Verdict::AccountParked,
            ),
            (
                403,
                r#"{"error":{"message":"Country, region, or territory not supported","type":"request_forbidden","param":null,"code":"unsupported_country_region_territory"}}"#,
                "openai-region",
                Verdict::Misconfigured,
            ),
            (
                404,
                r#"{"error":{"message":"The model `gpt-9` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
                "openai-model-missing",
                Verdict::ModelMissing,
            ),
            (
                403,
                r#"{"error":{"message":"You have insufficient permissions for this operation.","type":"invalid_request_error","code":"insufficient_permissions"}}"#,
                "openai-permission",
                Verdict::ModelDenied,
            ),
            (
                400,
                r#"{"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","code":"content_policy_violation"}}"#,
                "openai-content",
                Verdict::Content,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29500, Requested 1000. Please try again in 1s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
                "openai-tpm",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
                "openai-rpm",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"error":{"message":"Request too large for gpt-4o.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                "openai-tokens",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"error":{"message":"Too many.","type":"requests","code":"rate_limit_exceeded"}}"#,
                "openai-requests",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached.","code":"rate_limit_exceeded"}}"#,
                "openai-rate",
                wait(Meter::Unknown),
            ),
            (
                503,
                r#"{"error":{"message":"Slow down. You have increased your request rate too quickly.","type":"service_unavailable_error","code":"slow_down"}}"#,
                "openai-slow-down",
                Verdict::Overloaded,
            ),
            (
                503,
                r#"{"error":{"message":"The engine is currently overloaded, please try again later.","type":"server_error"}}"#,
                "openai-slow-down",
                Verdict::Overloaded,
            ),
            (
                500,
                r#"{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}"#,
                "openai-server",
                Verdict::Broken,
            ),
            // What has no row of its own.
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#,
                "context-length",
                Verdict::CallerFault,
            ),
            (
                400,
                r#"{"error":{"message":"Unrecognized request argument supplied: foo","type":"invalid_request_error","param":null,"code":null}}"#,
                "caller-words",
                Verdict::CallerFault,
            ),
            (
                401,
                r#"{"error":{"message":"You didn't provide an API key.","type":"invalid_request_error","param":null,"code":null}}"#,
                "unauthorized",
                Verdict::KeyDead,
            ),
            (
                404,
                r#"{"error":{"message":"Invalid URL (POST /v1/v1/chat/completions)","type":"invalid_request_error","param":null,"code":null}}"#,
                "path",
                Verdict::Misconfigured,
            ),
        ],
    );
}

#[test]
fn the_wait_in_the_message_is_read_and_the_echoed_key_masked() {
    let body = r#"{"error":{"message":"Rate limit reached on requests per min (RPM): Limit 3. Please try again in 20s.","type":"requests","code":"rate_limit_exceeded"}}"#;
    let refused = judge(OpenAi, 429, body);
    assert_eq!(refused.retry_after, Some(Duration::from_secs(20)));
    assert_eq!((refused.error.kind.as_str(), refused.error.code.as_deref()), ("requests", Some("rate_limit_exceeded")));
    let refused =
        judge(OpenAi, 401, r#"{"error":{"message":"Incorrect API key provided: sk-abcd**********wxyz. You can"}}"#);
    assert_eq!(refused.error.message, "Incorrect API key provided: sk-***. You can");
}
