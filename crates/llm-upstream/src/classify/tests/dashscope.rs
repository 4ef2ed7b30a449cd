//! DashScope in its compatible mode.

use route_policy::{Meter, Verdict};

use super::{check, judge};
use crate::{
    Dialect::DashScope,
    classify::{classify_event, dashscope::ROWS},
};

#[test]
fn every_row_of_dashscope_has_its_meaning() {
    let wait = Verdict::Wait;
    check(
        DashScope,
        ROWS,
        &[
            (
                400,
                r#"{"error":{"message":"Access denied, please make sure your account is in good standing.","type":"Arrearage","param":null,"code":"Arrearage"},"request_id":"8af536f9-6b8b-93b5-bb5f-1597a3f65db4"}"#,
                "dashscope-arrearage",
                Verdict::AccountParked,
            ),
            (
                400,
                r#"{"error":{"message":"Access denied, please make sure your account is in good standing.","type":"invalid_request_error","param":null,"code":null}}"#,
                "dashscope-arrearage-text",
                Verdict::AccountParked,
            ),
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided. ","type":"invalid_request_error","param":null,"code":"invalid_api_key"},"request_id":"x"}"#,
                "dashscope-key",
                Verdict::KeyDead,
            ),
            (
                401,
                r#"{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"x"}"#,
                "dashscope-key",
                Verdict::KeyDead,
            ),
            (
                400,
                r#"{"error":{"message":"Input data may contain inappropriate content.","type":"data_inspection_failed","param":null,"code":"data_inspection_failed"}}"#,
                "dashscope-content",
                Verdict::Content,
            ),
            (
                429,
                r#"{"error":{"message":"Postpaid bill is overdue.","type":"PostpaidBillOverdue","param":null,"code":"PostpaidBillOverdue"}}"#,
                "dashscope-bill",
                Verdict::AccountParked,
            ),
            (
                429,
                r#"{"code":"CommodityNotPurchased","message":"Commodity has not purchased yet."}"#,
                "dashscope-bill",
                Verdict::AccountParked,
            ),
            (
                403,
                r#"{"error":{"message":"The free quota has been exhausted. To continue accessing the model on a paid basis, please complete your payment information.","type":"AllocationQuota.FreeTierOnly","param":null,"code":"AllocationQuota.FreeTierOnly"}}"#,
                "dashscope-free-tier",
                Verdict::ModelDenied,
            ),
            (
                429,
                r#"{"error":{"message":"Free allocated quota exceeded.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
                "dashscope-free-quota",
                Verdict::ModelDenied,
            ),
            (
                403,
                r#"{"error":{"message":"Access to model denied.","code":"AccessDenied.Unpurchased"}}"#,
                "dashscope-denied",
                Verdict::ModelDenied,
            ),
            (
                403,
                r#"{"error":{"message":"Model access denied.","code":"Model.AccessDenied"}}"#,
                "dashscope-denied",
                Verdict::ModelDenied,
            ),
            (403, r#"{"code":"AccessDenied","message":"Access denied."}"#, "dashscope-workspace", Verdict::ModelDenied),
            (
                404,
                r#"{"error":{"message":"The model `qwen-x` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
                "dashscope-model-missing",
                Verdict::ModelMissing,
            ),
            (
                404,
                r#"{"error":{"message":"Unsupported model `qwen-x` for OpenAI compatibility mode.","type":"invalid_request_error","param":null,"code":"model_not_supported"}}"#,
                "dashscope-model-unsupported",
                Verdict::ModelMissing,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current requests list.","type":"limit_requests","param":null,"code":"limit_requests"}}"#,
                "dashscope-rpm",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded, please try again later."}"#,
                "dashscope-rpm",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"error":{"message":"Request rate increased too quickly. To ensure system stability, please adjust your client logic.","type":"limit_burst_rate","param":null,"code":"limit_burst_rate"}}"#,
                "dashscope-burst",
                wait(Meter::Burst),
            ),
            // The sentence by which others take a key for dead.
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details. For details, see: https://help.aliyun.com/zh/model-studio/error-code#token-limit","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
                "dashscope-tpm",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"code":"Throttling.AllocationQuota","message":"Allocated quota exceeded, please increase your quota limit."}"#,
                "dashscope-tpm",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details."}}"#,
                "dashscope-tpm-text",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current requests list."}}"#,
                "dashscope-rpm-text",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"error":{"message":"Request rate increased too quickly."}}"#,
                "dashscope-burst-text",
                wait(Meter::Burst),
            ),
            (
                429,
                r#"{"error":{"message":"Too many concurrent requests.","code":"concurrency"}}"#,
                "dashscope-concurrency",
                wait(Meter::Concurrency),
            ),
            (
                429,
                r#"{"code":"Throttling","message":"Requests throttling triggered."}"#,
                "dashscope-throttled",
                wait(Meter::Unknown),
            ),
            (
                503,
                r#"{"error":{"message":"Too many requests. Your requests are being throttled due to system capacity limits.","code":"ModelServingError"}}"#,
                "dashscope-busy",
                Verdict::Overloaded,
            ),
            (
                500,
                r#"{"error":{"message":"Request timed out, please try again later.","type":"RequestTimeOut","code":"RequestTimeOut"}}"#,
                "dashscope-timeout",
                Verdict::Broken,
            ),
            (
                500,
                r#"{"code":"InternalError.Algo","message":"An internal error has occured during execution."}"#,
                "dashscope-internal",
                Verdict::Broken,
            ),
            // What has no row of its own.
            (
                400,
                r#"{"error":{"message":"This model only support stream mode, please enable the stream parameter to access the model. ","type":"invalid_request_error","param":null,"code":"invalid_parameter_error"}}"#,
                "caller-words",
                Verdict::CallerFault,
            ),
            (429, "", "rate", wait(Meter::Unknown)),
        ],
    );
}

#[test]
fn a_minutes_token_limit_is_no_dead_key_and_arrears_are_no_callers_fault() {
    let tpm =
        judge(DashScope, 429, r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#);
    assert_eq!((tpm.verdict, tpm.error.code.as_deref()), (Verdict::Wait(Meter::Tokens), Some("rate_limit_exceeded")));
    let arrears = judge(DashScope, 400, r#"{"code":"Arrearage","message":"Access denied."}"#);
    assert!(arrears.verdict == Verdict::AccountParked && arrears.verdict.may_fall_back());
}

#[test]
fn an_error_in_a_stream_is_judged_by_its_words() {
    for (event, verdict) in [
        (
            r#"{"error":{"code":"limit_requests","message":"You exceeded your current requests list."}}"#,
            Verdict::Wait(Meter::Requests),
        ),
        (
            r#"{"error":{"code":"data_inspection_failed","message":"Output data may contain inappropriate content."}}"#,
            Verdict::Content,
        ),
        (r#"{"code":"Arrearage","message":"x","request_id":"r"}"#, Verdict::AccountParked),
        (r#"{"error":{"message":"something new"}}"#, Verdict::Broken),
    ] {
        assert_eq!(classify_event(DashScope, event.as_bytes()).unwrap().verdict, verdict, "{event}");
    }
}

#[test]
fn content_keeps_its_own_words_for_the_caller() {
    let body = r#"{"error":{"message":"Input data may contain inappropriate content.","type":"data_inspection_failed","param":"messages","code":"data_inspection_failed"}}"#;
    let error = judge(DashScope, 400, body).error;
    assert_eq!(error.message, "Input data may contain inappropriate content.");
    assert_eq!((error.code.as_deref(), error.param.as_deref()), (Some("data_inspection_failed"), Some("messages")));
}
