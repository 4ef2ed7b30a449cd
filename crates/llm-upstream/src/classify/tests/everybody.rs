//! What holds for every provider.

use route_policy::{Meter, Verdict};

use super::{check, judge};
use crate::{Dialect, Dialect::OpenAi, classify::everybody::ROWS};

#[test]
fn every_row_of_everybody_has_its_meaning() {
    let wait = Verdict::Wait;
    check(
        OpenAi,
        ROWS,
        &[
            (429, "<html><head><title>429 Too Many Requests</title></head></html>", "page-rate", wait(Meter::Unknown)),
            (
                503,
                "<!DOCTYPE html><title>503 Service Temporarily Unavailable</title>",
                "page-busy",
                Verdict::Overloaded,
            ),
            (404, "<html><title>404 Not Found</title></html>", "page-path", Verdict::Misconfigured),
            (413, "<html><title>413 Request Entity Too Large</title></html>", "page-too-large", Verdict::CallerFault),
            (502, "<html>\r\n<head><title>502 Bad Gateway</title></head>", "page", Verdict::Broken),
            // A firewall's page is no word about the key.
            (401, "<html><title>Authorization Required</title></html>", "page", Verdict::Broken),
            (403, "<!doctype html><title>Just a moment...</title>", "page", Verdict::Broken),
            (400, r#"{"error":{"message":"x","code":"sensitive_words_detected"}}"#, "content-words", Verdict::Content),
            (
                400,
                r#"{"error":{"message":"x","code":"context_length_exceeded"}}"#,
                "context-length",
                Verdict::CallerFault,
            ),
            (400, r#"{"error":{"message":"x","code":"ModelNotFound"}}"#, "model-missing-words", Verdict::ModelMissing),
            (
                400,
                r#"{"error":{"message":"Model Not Exist","type":"invalid_request_error"}}"#,
                "model-missing-text",
                Verdict::ModelMissing,
            ),
            (
                402,
                r#"{"error":{"message":"Insufficient Balance","type":"unknown_error"}}"#,
                "balance-text",
                Verdict::AccountParked,
            ),
            (403, r#"{"error":{"message":"账户余额不足"}}"#, "balance-text", Verdict::AccountParked),
            (400, r#"{"error":{"message":"x","type":"invalid_request_error"}}"#, "caller-words", Verdict::CallerFault),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                "overloaded-words",
                Verdict::Overloaded,
            ),
            (403, r#"{"error":{"message":"x","code":"rate_limit"}}"#, "rate-words", wait(Meter::Unknown)),
            (302, "", "redirect", Verdict::Misconfigured),
            (401, "", "unauthorized", Verdict::KeyDead),
            (402, "", "payment", Verdict::AccountParked),
            (403, "", "forbidden", Verdict::ModelDenied),
            (405, "", "path", Verdict::Misconfigured),
            (408, "", "timeout", Verdict::Broken),
            (409, "", "conflict", Verdict::Overloaded),
            (410, "", "gone", Verdict::ModelMissing),
            (425, "", "too-early", Verdict::Overloaded),
            (429, "slow", "rate", wait(Meter::Unknown)),
            (499, "", "client-closed", Verdict::Broken),
            (
                422,
                r#"{"detail":[{"loc":["body","n"],"msg":"value is not a valid integer"}]}"#,
                "caller",
                Verdict::CallerFault,
            ),
            (503, "", "busy", Verdict::Overloaded),
            (529, "", "site-overloaded", Verdict::Overloaded),
            (500, "", "server", Verdict::Broken),
            (599, "", "server", Verdict::Broken),
            (200, "", "unknown", Verdict::Broken),
            (999, "{}", "unknown", Verdict::Broken),
        ],
    );
}

#[test]
fn no_status_and_no_body_is_without_a_verdict_in_any_dialect() {
    for dialect in Dialect::ALL {
        for status in 100..=999 {
            for body in
                ["", "text", "null", "[]", "{}", "\"x\"", "<html>", "{\"error\":null}", "{\"error\":{}}", "\u{fffd}"]
            {
                let refused = judge(dialect, status, body);
                assert!(!refused.error.message.is_empty() && !refused.error.kind.is_empty(), "{status} {body}");
                // Nobody may be told to fix what is not theirs, and no key dies, without a status that says so.
                let own_fault = matches!(refused.verdict, Verdict::CallerFault | Verdict::KeyDead);
                assert!(!own_fault || (400..500).contains(&status), "{dialect} {status} {body}: {refused:?}");
            }
        }
    }
}
