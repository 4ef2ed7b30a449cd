//! Reading and rewriting together, against serde_json.

mod rewriting;
mod tokens;

use bytes::Bytes;

use super::{BadRequest, Peek};
use crate::Endpoint;

fn chat(body: &str) -> Result<Peek, BadRequest> {
    Peek::read(Endpoint::ChatCompletions, &Bytes::copy_from_slice(body.as_bytes()))
}

#[test]
fn everything_that_routing_needs_is_read() {
    let peek = chat(
        r#"{"model":"qwen-plus","stream":true,"max_tokens":100,"max_completion_tokens":300,"thinking_budget":50,"n":2,
            "best_of":3,"stream_options":{"include_usage":true},"temperature":0.2,
            "messages":[{"role":"user","content":[{"type":"text","text":"hi"},
            {"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"high"}}]}]}"#,
    )
    .unwrap();
    assert_eq!((peek.model.as_str(), peek.stream, peek.wants_usage), ("qwen-plus", true, true));
    assert_eq!((peek.max_tokens, peek.thinking_budget, peek.n, peek.attachments), (Some(300), Some(50), 3, 1));
    let thinking = |body| chat(body).unwrap().enable_thinking;
    assert_eq!(thinking(r#"{"model":"m","enable_thinking":true}"#), Some(true));
    assert_eq!(thinking(r#"{"model":"m","enable_thinking":false}"#), Some(false));
    assert_eq!(thinking(r#"{"model":"m","enable_thinking":null}"#), None);
}

#[test]
fn what_is_not_given_or_null_has_its_default() {
    for body in [
        r#"{"model":"m"}"#,
        r#"{"model":"m","stream":null,"max_tokens":null,"max_completion_tokens":null,"n":null,"stream_options":null}"#,
        r#"{"mod\u0065l":"\u006d","stream":false,"stream_options":{}}"#,
    ] {
        let peek = chat(body).unwrap();
        assert_eq!((peek.model.as_str(), peek.stream, peek.wants_usage), ("m", false, false), "{body}");
        assert_eq!((peek.max_tokens, peek.n, peek.attachments), (None, 1, 0), "{body}");
    }
}

#[test]
fn a_field_in_another_case_is_refused_because_some_upstreams_take_it_for_the_field() {
    for (body, field) in [
        (r#"{"model":"m","Model":"dear"}"#, "model"),
        (r#"{"model":"m","max_tokens":1,"MAX_TOKENS":100000}"#, "max_tokens"),
        (r#"{"model":"m","max_tokens":1,"max_to\u212Aens":100000}"#, "max_tokens"),
        (r#"{"model":"m","max_tokens":1,"max_token\u017f":100000}"#, "max_tokens"),
        (r#"{"model":"m","N":128}"#, "n"),
        (r#"{"model":"m","Stream":true}"#, "stream"),
    ] {
        let error = chat(body).unwrap_err();
        assert_eq!(error.field, field, "{body}");
        assert!(error.problem.starts_with("is written "), "{error}");
    }
    // Other names may be in any case, and deeper down it means nothing.
    assert!(chat(r#"{"model":"m","X-Custom":1,"метка":2,"metadata":{"Model":"x","Stream":1}}"#).is_ok());
}

#[test]
fn a_whole_number_may_be_written_as_a_float() {
    assert_eq!(chat(r#"{"model":"m","max_tokens":4096.0}"#).unwrap().max_tokens, Some(4096));
    assert_eq!(chat(r#"{"model":"m","max_tokens":1e3}"#).unwrap().max_tokens, Some(1000));
}

#[test]
fn each_prompt_of_a_completion_is_answered_n_times() {
    let choices = |endpoint, prompt: &str| {
        let body = format!(r#"{{"model":"m","n":2,"prompt":{prompt}}}"#);
        Peek::read(endpoint, &Bytes::from(body)).unwrap().n
    };
    assert_eq!(choices(Endpoint::Completions, r#""a""#), 2);
    assert_eq!(choices(Endpoint::Completions, r#"["a","b","c"]"#), 6);
    assert_eq!(choices(Endpoint::Completions, "[1,2,3]"), 2);
    assert_eq!(choices(Endpoint::Completions, "[[1,2],[3]]"), 4);
    // Nothing is written for an embedding, whatever else the body says.
    assert_eq!(choices(Endpoint::Embeddings, r#""a""#), 1);
}

#[test]
fn what_is_wrong_names_its_field() {
    for (body, field, problem) in [
        ("", "body", "no JSON: it ends early, at byte 0"),
        ("[1]", "body", "is a list"),
        ("\"model\"", "body", "is a text"),
        ("{}", "model", "is missing"),
        (r#"{"model":null}"#, "model", "is null"),
        (r#"{"model":7}"#, "model", "is a number"),
        (r#"{"model":""}"#, "model", "is empty"),
        (r#"{"model":"a\nb"}"#, "model", "has control characters"),
        (r#"{"model":"m","model":"n"}"#, "model", "is given twice"),
        (r#"{"model":"m","x":1,"\u0078":2}"#, "x", "is given twice"),
        (r#"{"model":"m","stream":"yes"}"#, "stream", "is a text"),
        (r#"{"model":"m","stream":1}"#, "stream", "is a number"),
        (r#"{"model":"m","max_tokens":-1}"#, "max_tokens", "is -1"),
        (r#"{"model":"m","max_tokens":1.5}"#, "max_tokens", "is 1.5"),
        (r#"{"model":"m","max_tokens":"5"}"#, "max_tokens", "is a text"),
        (r#"{"model":"m","max_tokens":99999999999999999999999999}"#, "max_tokens", "is 99999999999999999999999999"),
        (r#"{"model":"m","max_completion_tokens":1e999}"#, "max_completion_tokens", "is 1e999"),
        (r#"{"model":"m","n":0}"#, "n", "is 0"),
        (r#"{"model":"m","n":[1]}"#, "n", "is a list"),
        (r#"{"model":"m","best_of":129}"#, "best_of", "is 129"),
        (r#"{"model":"m","stream_options":true}"#, "stream_options", "is a truth value"),
        (r#"{"model":"m","stream_options":{"include_usage":"x"}}"#, "stream_options.include_usage", "is a text"),
        (
            r#"{"model":"m","stream_options":{"include_usage":true,"include_usage":false}}"#,
            "stream_options.include_usage",
            "is given twice",
        ),
    ] {
        let error = chat(body).unwrap_err();
        assert_eq!((error.field.as_str(), error.problem.as_str()), (field, problem), "{body}");
        assert!(!error.allowed.is_empty());
    }
    let long = format!(r#"{{"model":"{}"}}"#, "m".repeat(257));
    assert_eq!(chat(&long).unwrap_err().problem, "is too long");
    let text = chat(r#"{"model":"m","n":0}"#).unwrap_err().to_string();
    assert_eq!(text, "n: is 0; allowed: a whole number from 1 to 128, or null");
}

#[test]
fn bytes_that_are_no_text_nesting_and_floods_of_fields_are_refused_in_bounded_space() {
    let read = |body: Vec<u8>| Peek::read(Endpoint::ChatCompletions, &Bytes::from(body)).unwrap_err().problem;
    assert_eq!(read(b"{\"model\":\"\xff\"}".to_vec()), "not UTF-8 at byte 10");
    let deep = format!(r#"{{"model":"m","x":{}"#, "[".repeat(1_000_000));
    assert!(read(deep.into_bytes()).starts_with("nested deeper than 128"));
    let many: Vec<String> = (0..5_000).map(|index| format!("\"{index}\":1")).collect();
    assert_eq!(read(format!("{{{}}}", many.join(",")).into_bytes()), "has more than 1000 fields");
}
