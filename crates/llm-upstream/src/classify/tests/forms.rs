//! The forms that bodies come in.

use hyper::{HeaderMap, StatusCode};
use proptest::prelude::*;
use route_policy::Verdict;

use super::judge;
use crate::{
    Dialect::{self, OpenAi},
    classify::{classify, classify_event, classify_success},
};

#[test]
fn the_message_is_found_wherever_it_stands() {
    for (body, message) in [
        (r#"{"error":{"message":"a"}}"#, "a"),
        (r#"{"error":"b"}"#, "b"),
        (r#"{"message":"c","code":1}"#, "c"),
        (r#"{"msg":"d"}"#, "d"),
        (r#"{"detail":"e"}"#, "e"),
        (r#"{"detail":[{"msg":"f"}]}"#, r#"[{"msg":"f"}]"#),
        (r#""g""#, "g"),
        ("  h \n", "h"),
        ("", "the upstream answered HTTP 500 without a message"),
        (r#"{"error":{"code":"X1"}}"#, "the upstream answered HTTP 500 (X1) without a message"),
        ("<html><head><TITLE> 502 Bad Gateway </TITLE>", "the upstream answered HTTP 500 with a page: 502 Bad Gateway"),
        ("<!DOCTYPE html><p>x", "the upstream answered HTTP 500 with a page instead of an error"),
    ] {
        assert_eq!(judge(OpenAi, 500, body).error.message, message, "{body}");
    }
}

#[test]
fn a_caller_is_told_the_upstreams_own_words_and_nothing_of_keys() {
    let body = r#"{"error":{"message":"bad n, key sk-abcdefgh12345678","type":"invalid_request_error","param":"n","code":"too_many"}}"#;
    let error = judge(OpenAi, 400, body).error;
    let json: serde_json::Value = serde_json::from_slice(&error.to_json()).unwrap();
    let expected = serde_json::json!({"error": {
        "message": "bad n, key sk-***", "type": "invalid_request_error", "param": "n", "code": "too_many"}});
    assert_eq!(json, expected);
}

#[test]
fn a_huge_message_is_cut_between_two_characters() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "错误".repeat(5_000));
    let message = judge(OpenAi, 500, &body).error.message;
    assert!(message.len() <= 2_000 && message.len() > 1_990 && message.ends_with(['错', '误']));
}

#[test]
fn a_success_is_one_unless_it_is_an_error_or_no_object() {
    for fine in [
        r#"{"id":"x","choices":[]}"#,
        r#" {"object":"list","data":[]} "#,
        r#"{"code":20000,"message":"OK","data":{"totalBalance":"1"}}"#,
        "{}",
    ] {
        assert_eq!(classify_success(OpenAi, fine.as_bytes()), None, "{fine}");
    }
    for (body, verdict) in [
        (r#"{"error":{"message":"x","code":"invalid_api_key"}}"#, Verdict::KeyDead),
        (r#"{"error":{"message":"x","status":503}}"#, Verdict::Overloaded),
        ("<html><title>Log in to the hotel's network</title>", Verdict::Broken),
        ("", Verdict::Broken),
        ("[]", Verdict::Broken),
        (r#"{"id":"x","choices":[{"#, Verdict::Broken),
    ] {
        assert_eq!(classify_success(OpenAi, body.as_bytes()).unwrap().verdict, verdict, "{body}");
    }
}

#[test]
fn events_without_an_error_are_none() {
    for event in
        [r#"{"choices":[{"delta":{"content":"\"error\": {}"}}]}"#, "[DONE]", "", "x", r#"{"error":null,"choices":[]}"#]
    {
        assert_eq!(classify_event(OpenAi, event.as_bytes()), None, "{event}");
    }
}

proptest! {
    #[test]
    fn any_body_under_any_status_is_judged(
        status in 100_u16..1000, body in proptest::collection::vec(any::<u8>(), 0..300), retry in "[ -~]{0,20}",
    ) {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", retry.parse().unwrap());
        for dialect in Dialect::ALL {
            let refused = classify(dialect, StatusCode::from_u16(status).unwrap(), &headers, &body);
            prop_assert!(refused.error.message.len() <= 2_100);
            classify_event(dialect, &body);
            classify_success(dialect, &body);
        }
    }
}

#[test]
fn a_prompt_that_the_upstream_sends_back_parks_nobody() {
    for (status, body) in [
        // A list of what is wrong with the request quotes it.
        (422, r#"{"detail":[{"loc":["body","messages",0],"msg":"bad","input":"余额不足, insufficient balance"}]}"#),
        (400, r#"{"detail":[{"loc":["body"],"msg":"bad","input":"the model does not exist"}]}"#),
        // So does a word about one of its fields.
        (
            400,
            r#"{"error":{"message":"Invalid value: 'model does not exist'","type":"invalid_request_error","param":"messages[0].role","code":"invalid_value"}}"#,
        ),
    ] {
        for dialect in Dialect::ALL {
            assert_eq!(judge(dialect, status, body).verdict, Verdict::CallerFault, "{dialect} {status} {body}");
        }
    }
    let missing = r#"{"error":{"message":"The model `x` does not exist or you do not have access to it.","param":"model","code":null}}"#;
    assert_eq!(judge(Dialect::OpenAi, 400, missing).verdict, Verdict::ModelMissing);
}
