//! New-API and one-api as upstreams.

use route_policy::{Meter, Verdict};

use super::check;
use crate::{Dialect::NewApi, classify::new_api::ROWS};

#[test]
fn every_row_of_new_api_has_its_meaning() {
    check(
        NewApi,
        ROWS,
        &[
            (
                403,
                r#"{"error":{"message":"user quota is not enough (request id: 2026)","type":"new_api_error","param":"","code":"insufficient_user_quota"}}"#,
                "new-api-user-quota",
                Verdict::AccountParked,
            ),
            (
                403,
                r#"{"error":{"message":"用户额度不足, 剩余额度: ¥0.000000 (request id: 2026)","type":"new_api_error","param":"","code":null}}"#,
                "new-api-user-quota-text",
                Verdict::AccountParked,
            ),
            (
                403,
                r#"{"error":{"message":"token quota is not enough, token remain quota: ¥0.1","type":"new_api_error","param":"","code":"pre_consume_token_quota_failed"}}"#,
                "new-api-token-quota",
                Verdict::KeyDead,
            ),
            (
                401,
                r#"{"error":{"message":"该令牌额度已用尽","type":"one_api_error"}}"#,
                "new-api-token-quota-text",
                Verdict::KeyDead,
            ),
            (
                401,
                r#"{"error":{"message":"无效的令牌 (request id: 2026)","type":"new_api_error","param":"","code":""}}"#,
                "new-api-token",
                Verdict::KeyDead,
            ),
            (
                403,
                r#"{"error":{"message":"该令牌无权访问模型 gpt-4o (request id: 2026)","type":"new_api_error"}}"#,
                "new-api-denied",
                Verdict::ModelDenied,
            ),
            (
                503,
                r#"{"error":{"message":"No available channel for model gpt-4o under group default (distributor)","type":"new_api_error","param":"","code":"model_not_found"}}"#,
                "new-api-no-channel",
                Verdict::ModelMissing,
            ),
            (
                503,
                r#"{"error":{"message":"当前分组 default 下对于模型 gpt-4o 无可用渠道","type":"one_api_error"}}"#,
                "new-api-no-channel-text",
                Verdict::ModelMissing,
            ),
            (
                429,
                r#"{"error":{"message":"您已达到请求数限制：1分钟内最多请求10次","type":"new_api_error"}}"#,
                "new-api-requests",
                Verdict::Wait(Meter::Requests),
            ),
            (
                429,
                r#"{"error":{"message":"当前分组上游负载已饱和，请稍后再试","type":"new_api_error"}}"#,
                "new-api-saturated",
                Verdict::Overloaded,
            ),
            (
                400,
                r#"{"error":{"message":"用户输入内容包含敏感词","type":"new_api_error","code":"sensitive_words_detected"}}"#,
                "new-api-content",
                Verdict::Content,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":"","code":"insufficient_quota"}}"#,
                "new-api-passed-quota",
                Verdict::Wait(Meter::Tokens),
            ),
            (
                400,
                r#"{"error":{"message":"Access denied.","type":"Arrearage","param":"","code":"Arrearage"}}"#,
                "new-api-passed-arrearage",
                Verdict::Broken,
            ),
            (
                500,
                r#"{"error":{"message":"do request failed","type":"new_api_error","param":"","code":"do_request_failed"}}"#,
                "new-api-channel",
                Verdict::Broken,
            ),
            (
                500,
                r#"{"error":{"message":"x","type":"new_api_error","code":"channel:no_available_key"}}"#,
                "new-api-channel",
                Verdict::Broken,
            ),
            // What has no row of its own.
            (
                400,
                r#"{"error":{"message":"field messages is required","type":"new_api_error","param":"","code":"invalid_request"}}"#,
                "caller",
                Verdict::CallerFault,
            ),
            (
                404,
                r#"{"error":{"message":"Invalid URL (POST /chat/completions)","type":"invalid_request_error","param":"","code":""}}"#,
                "path",
                Verdict::Misconfigured,
            ),
            (500, r#"{"error":{"message":"bad","type":"one_api_error","code":"x"}}"#, "server", Verdict::Broken),
        ],
    );
}
