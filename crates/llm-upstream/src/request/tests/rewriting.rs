//! Only what is meant to change does.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Peek, Rewrite, peek::StreamOptions, rewrite};
use crate::{Dialect, Endpoint};

fn changed(endpoint: Endpoint, body: &str, changes: Rewrite<'_>) -> String {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let peek = Peek::read(endpoint, &body).unwrap();
    String::from_utf8(rewrite(&body, &peek, changes).to_vec()).unwrap()
}

const ALL: Rewrite<'_> = Rewrite {
    model: Some("Qwen/Qwen3-8B"),
    max_tokens: Some(4096),
    include_usage: true,
    dialect: Dialect::SiliconFlow,
};

#[test]
fn what_is_missing_is_put_first_and_everything_else_stays_as_it_was_written() {
    for (body, expected) in [
        (
            "{ \"model\" : \"qwen\",\n\t\"stream\":true, \"x\":1.50, \"y\":\"\\u4e2d\" }",
            "{\"max_tokens\":4096,\"stream_options\":{\"include_usage\":true}, \"model\" : \"Qwen/Qwen3-8B\",\n\t\"stream\":true, \"x\":1.50, \"y\":\"\\u4e2d\" }",
        ),
        // A caller's own bound and wish stay.
        (
            r#"{"model":"qwen","max_tokens":5,"stream":true,"stream_options":{"include_usage":true}}"#,
            r#"{"model":"Qwen/Qwen3-8B","max_tokens":5,"stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"model":"qwen","max_tokens":null,"stream_options":null,"stream":true}"#,
            r#"{"model":"Qwen/Qwen3-8B","max_tokens":4096,"stream_options":{"include_usage":true},"stream":true}"#,
        ),
        (
            r#"{"stream_options":{ },"stream":true,"model":"qwen","max_tokens":1}"#,
            r#"{"stream_options":{"include_usage":true },"stream":true,"model":"Qwen/Qwen3-8B","max_tokens":1}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":false,"z":[1]},"stream":true,"model":"qwen","max_tokens":1}"#,
            r#"{"stream_options":{"include_usage":true,"z":[1]},"stream":true,"model":"Qwen/Qwen3-8B","max_tokens":1}"#,
        ),
        (
            r#"{"stream_options":{"z":{"include_usage":false}},"stream":true,"model":"qwen","max_tokens":1}"#,
            r#"{"stream_options":{"include_usage":true,"z":{"include_usage":false}},"stream":true,"model":"Qwen/Qwen3-8B","max_tokens":1}"#,
        ),
        // Not streamed: providers refuse stream_options then.
        (r#"{"model":"qwen","max_tokens":1}"#, r#"{"model":"Qwen/Qwen3-8B","max_tokens":1}"#),
        // The word within a message is no field.
        (
            r#"{"messages":[{"model":"x","max_tokens":1}],"model":"qwen"}"#,
            r#"{"max_tokens":4096,"messages":[{"model":"x","max_tokens":1}],"model":"Qwen/Qwen3-8B"}"#,
        ),
    ] {
        assert_eq!(changed(Endpoint::ChatCompletions, body, ALL), expected);
    }
}

#[test]
fn a_bound_by_a_name_that_the_provider_does_not_know_is_sent_by_the_one_it_knows_too() {
    let sent = |dialect, body| changed(Endpoint::ChatCompletions, body, Rewrite { model: None, dialect, ..ALL });
    let body = r#"{"model":"m","max_tokens":null,"max_completion_tokens":5}"#;
    for dialect in [Dialect::SiliconFlow, Dialect::DashScope] {
        assert_eq!(sent(dialect, body), r#"{"model":"m","max_tokens":5,"max_completion_tokens":5}"#);
        let absent = sent(dialect, r#"{"model":"m","max_completion_tokens":5}"#);
        assert_eq!(absent, r#"{"max_tokens":5,"model":"m","max_completion_tokens":5}"#);
        let both = r#"{"model":"m","max_tokens":7,"max_completion_tokens":5}"#;
        assert_eq!(sent(dialect, both), both);
    }
    // OpenAI refuses both together.
    for dialect in [Dialect::OpenAi, Dialect::NewApi] {
        assert_eq!(sent(dialect, body), body);
    }
}

#[test]
fn embeddings_and_rerank_get_another_model_at_most() {
    let body = r#"{"model":"bge","stream":true,"input":"x"}"#;
    for endpoint in [Endpoint::Embeddings, Endpoint::Rerank] {
        assert_eq!(changed(endpoint, body, ALL), r#"{"model":"Qwen/Qwen3-8B","stream":true,"input":"x"}"#);
    }
}

#[test]
fn reasoning_models_of_openai_are_bounded_in_their_own_field() {
    let changes = Rewrite { model: Some("gpt-5"), dialect: Dialect::OpenAi, ..ALL };
    let body = r#"{"model":"x","max_tokens":null,"max_completion_tokens":null}"#;
    let expected = r#"{"model":"gpt-5","max_tokens":null,"max_completion_tokens":4096}"#;
    assert_eq!(changed(Endpoint::ChatCompletions, body, changes), expected);
    let expected = r#"{"max_completion_tokens":4096,"model":"gpt-5"}"#;
    assert_eq!(changed(Endpoint::ChatCompletions, r#"{"model":"x"}"#, changes), expected);
}

/// The body without the values that may be replaced, cut where something may be put in.
fn pieces(text: &str) -> Vec<&str> {
    let peek = Peek::read(Endpoint::ChatCompletions, &Bytes::copy_from_slice(text.as_bytes())).unwrap();
    let places = peek.places;
    let mut cuts = vec![places.start..places.start, places.model];
    cuts.extend(places.null_max_tokens);
    cuts.extend(places.null_max_completion_tokens);
    match places.stream_options {
        StreamOptions::Absent => {}
        StreamOptions::Null(place) => cuts.push(place),
        StreamOptions::Object { include_usage: Some((place, _)), .. } => cuts.push(place),
        StreamOptions::Object { start, .. } => cuts.push(start..start),
    }
    cuts.sort_by_key(|cut| cut.start);
    let starts = std::iter::once(0).chain(cuts.iter().map(|cut| cut.end));
    let ends = cuts.iter().map(|cut| cut.start).chain([text.len()]);
    starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
}

#[test]
fn without_a_change_the_buffer_is_the_same() {
    let body = Bytes::from_static(br#"{"model":"m","max_tokens":5}"#);
    let peek = Peek::read(Endpoint::ChatCompletions, &body).unwrap();
    let same = rewrite(&body, &peek, Rewrite { model: Some("m"), ..ALL });
    assert_eq!(same.as_ptr(), body.as_ptr());
}

#[test]
fn a_model_is_escaped_whatever_its_name() {
    let changes = Rewrite { model: Some("a\"b\\c"), max_tokens: None, include_usage: false, ..ALL };
    assert_eq!(changed(Endpoint::Embeddings, r#"{"model":"m"}"#, changes), r#"{"model":"a\"b\\c"}"#);
}

/// A body with some of the fields that matter and others that do not, in any order.
fn body() -> impl Strategy<Value = Map<String, Value>> {
    let tokens = || proptest::option::of(prop_oneof![Just(Value::Null), (1_u64..5_000).prop_map(Value::from)]);
    let options = prop_oneof![
        Just(Value::Null),
        Just(json!({})),
        Just(json!({"include_usage": false})),
        Just(json!({"include_usage": null, "other": [1, {"include_usage": 3}]})),
        Just(json!({"other": 1, "include_usage": true})),
    ];
    let content = any::<String>().prop_map(|text| json!([{"role": "user", "content": text}]));
    (
        "[a-zA-Z0-9/\"\\\\é中]{1,12}",
        proptest::option::of(any::<bool>()),
        tokens(),
        tokens(),
        proptest::option::of(options),
        proptest::option::of(content),
        proptest::collection::vec(("[a-z_]{3,9}x", any::<i64>()), 0..4),
        any::<u64>(),
    )
        .prop_map(|(model, stream, max, completion, options, messages, others, order)| {
            let mut fields = vec![("model".to_owned(), Value::from(model))];
            fields.extend(stream.map(|stream| ("stream".to_owned(), Value::from(stream))));
            fields.extend(max.map(|value| ("max_tokens".to_owned(), value)));
            fields.extend(completion.map(|value| ("max_completion_tokens".to_owned(), value)));
            fields.extend(options.map(|value| ("stream_options".to_owned(), value)));
            fields.extend(messages.map(|value| ("messages".to_owned(), value)));
            fields.extend(others.into_iter().map(|(name, value)| (name, Value::from(value))));
            let places = fields.len();
            fields.rotate_left(usize::try_from(order % places as u64).unwrap());
            fields.into_iter().collect()
        })
}

/// What the rewritten body has to mean.
fn expected(body: &Map<String, Value>, changes: Rewrite<'_>) -> Value {
    let mut body = body.clone();
    let given = |name| body.get(name).filter(|value: &&Value| !value.is_null()).cloned();
    // DashScope does not know the second name.
    let bound = given("max_completion_tokens").or(changes.max_tokens.map(Value::from));
    if let (None, Some(tokens)) = (given("max_tokens"), bound) {
        body.insert("max_tokens".to_owned(), tokens);
    }
    if let Some(model) = changes.model {
        body.insert("model".to_owned(), model.into());
    }
    if changes.include_usage && body.get("stream") == Some(&Value::Bool(true)) {
        let options = body.entry("stream_options").or_insert(Value::Null);
        if options.is_null() {
            *options = json!({});
        }
        options["include_usage"] = true.into();
    }
    Value::Object(body)
}

proptest! {
    #[test]
    fn only_the_intended_fields_change(
        body in body(), pretty in any::<bool>(), other_model in proptest::option::of("[a-z/\"]{1,8}"),
        max_tokens in proptest::option::of(1_u64..9_999), include_usage in any::<bool>(),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) }.unwrap();
        let changes =
            Rewrite { model: other_model.as_deref(), max_tokens, include_usage, dialect: Dialect::DashScope };
        let rewritten = changed(Endpoint::ChatCompletions, &text, changes);
        prop_assert_eq!(serde_json::from_str::<Value>(&rewritten).unwrap(), expected(&body, changes));
        let peek = Peek::read(Endpoint::ChatCompletions, &Bytes::from(rewritten.clone())).unwrap();
        prop_assert_eq!(peek.max_tokens.is_some(), max_tokens.is_some() || is_bound(&body));
        // Byte by byte: between the places that may change everything stands as it stood, in its order.
        let pieces = pieces(&text);
        let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
        let rest = rewritten.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
        prop_assert!(rest.is_some(), "{first:?} and {last:?} of {rewritten}");
        let mut rest = rest.unwrap();
        for piece in &pieces[1..pieces.len() - 1] {
            let found = rest.find(piece);
            prop_assert!(found.is_some(), "{piece:?} in {rest:?}");
            rest = &rest[found.unwrap() + piece.len()..];
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for endpoint in Endpoint::ALL {
            let _ = Peek::read(endpoint, &Bytes::copy_from_slice(&bytes));
        }
    }

    #[test]
    fn without_changes_any_body_is_byte_identical(body in body()) {
        let text = serde_json::to_string(&body).unwrap();
        let none = Rewrite { model: None, max_tokens: None, include_usage: false, dialect: Dialect::OpenAi };
        prop_assert_eq!(changed(Endpoint::ChatCompletions, &text, none), text);
    }
}

fn is_bound(body: &Map<String, Value>) -> bool {
    ["max_tokens", "max_completion_tokens"].iter().any(|name| body.get(*name).is_some_and(|value| !value.is_null()))
}
