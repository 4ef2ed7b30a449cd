//! SiliconFlow.

use route_policy::{Meter, Verdict};

use super::{check, judge};
use crate::{
    Dialect::SiliconFlow,
    classify::{classify_event, siliconflow::ROWS},
};

#[test]
fn every_row_of_siliconflow_has_its_meaning() {
    let wait = Verdict::Wait;
    check(
        SiliconFlow,
        ROWS,
        &[
            (
                400,
                r#"{"code":20012,"message":"Model does not exist. Please check it carefully.","data":null}"#,
                "siliconflow-model-missing",
                Verdict::ModelMissing,
            ),
            (
                403,
                r#"{"code":30003,"message":"Model disabled.","data":null}"#,
                "siliconflow-model-off",
                Verdict::ModelMissing,
            ),
            (
                400,
                r#"{"code":20015,"message":"length of prompt_tokens (40000) must be less than max_seq_len (32768).","data":null}"#,
                "siliconflow-caller",
                Verdict::CallerFault,
            ),
            (401, r#""Invalid token""#, "siliconflow-token", Verdict::KeyDead),
            (
                403,
                r#"{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}"#,
                "siliconflow-balance",
                Verdict::AccountParked,
            ),
            (
                403,
                r#"{"code":40003,"message":"Please complete identity verification.","data":null}"#,
                "siliconflow-account",
                Verdict::AccountParked,
            ),
            (404, "404 page not found", "siliconflow-path", Verdict::Misconfigured),
            (
                429,
                r#"{"message":"Request was rejected due to rate limiting. Details: RPM limit reached.","data":null}"#,
                "siliconflow-rpm",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"message":"Request was rejected due to rate limiting. Details: TPM limit reached.","data":null}"#,
                "siliconflow-tpm",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"code":50602,"message":"Request was rejected due to rate limiting. Details: TPM limit reached.","data":null}"#,
                "siliconflow-tpm",
                wait(Meter::Tokens),
            ),
            (
                429,
                r#"{"message":"Request was rejected due to rate limiting. Details: IPM limit reached.","data":null}"#,
                "siliconflow-ipm",
                wait(Meter::Requests),
            ),
            (
                429,
                r#"{"code":50603,"message":"System is too busy now.","data":null}"#,
                "siliconflow-rate",
                wait(Meter::Unknown),
            ),
            (
                503,
                r#"{"code":50505,"message":"Model service overloaded. Please try again later.","data":null}"#,
                "siliconflow-overloaded",
                Verdict::Overloaded,
            ),
            (503, r#""service unavailable""#, "siliconflow-busy", Verdict::Overloaded),
            // What has no row of its own.
            (504, r#""Gateway timeout""#, "server", Verdict::Broken),
            (500, r#"{"code":50501,"message":"internal error","data":null}"#, "server", Verdict::Broken),
            (413, r#""payload too large""#, "caller", Verdict::CallerFault),
        ],
    );
}

#[test]
fn a_bare_string_is_the_message_and_a_number_the_code() {
    let dead = judge(SiliconFlow, 401, r#""Invalid token""#);
    assert_eq!(
        (dead.error.message.as_str(), dead.error.code.as_deref()),
        ("Invalid token", Some("upstream_key_refused"))
    );
    let caller = judge(SiliconFlow, 400, r#"{"code":20015,"message":"too long","data":null}"#);
    let error = caller.error;
    assert_eq!((error.kind.as_str(), error.code.as_deref()), ("invalid_request_error", Some("20015")));
}

#[test]
fn the_same_codes_in_a_stream_mean_the_same() {
    let event = br#"{"code":50505,"message":"Model service overloaded. Please try again later.","data":null}"#;
    let refused = classify_event(SiliconFlow, event).unwrap();
    assert_eq!((refused.verdict, refused.rule), (Verdict::Overloaded, "siliconflow-overloaded"));
    let event = br#"{"code":50602,"message":"Details: TPM limit reached.","data":null}"#;
    assert_eq!(classify_event(SiliconFlow, event).unwrap().verdict, Verdict::Wait(Meter::Tokens));
}
