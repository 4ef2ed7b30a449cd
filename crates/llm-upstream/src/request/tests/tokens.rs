//! The bound and the estimate of a prompt's tokens.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Peek;
use crate::Endpoint;

fn read(endpoint: Endpoint, body: &Value) -> Peek {
    Peek::read(endpoint, &Bytes::from(body.to_string())).unwrap()
}

fn chat(body: &Value) -> Peek {
    read(Endpoint::ChatCompletions, body)
}

#[test]
fn an_estimate_is_near_and_the_bound_above() {
    // About 330 characters of English: some 75 tokens. 100 Chinese characters: some 70.
    let english = "The quick brown fox jumps over the lazy dog. ".repeat(7);
    let chinese = "贵州茅台今日收盘价上涨成交量较前一日放大资金净流入明显机构看好后市".repeat(3);
    for (text, least, most) in [(english.as_str(), 60, 110), (chinese.as_str(), 55, 95)] {
        let peek = chat(&json!({"model": "m", "messages": [{"role": "user", "content": text}]}));
        assert!((least..=most).contains(&peek.estimated_tokens), "{}", peek.estimated_tokens);
        assert!(peek.input_tokens_bound >= text.len() as u64 + 16);
        // Not absurdly far above: a reservation has to fit into a budget.
        assert!(peek.input_tokens_bound <= text.len() as u64 + 200, "{}", peek.input_tokens_bound);
    }
}

#[test]
fn escapes_count_as_what_they_stand_for() {
    let plain = chat(&json!({"model": "m", "messages": [{"role": "user", "content": "中文😀\n"}]}));
    let escaped = r#"{"messages":[{"content":"\u4e2d\u6587\ud83d\ude00\n","role":"user"}],"model":"m"}"#;
    let escaped = Peek::read(Endpoint::ChatCompletions, &Bytes::from_static(escaped.as_bytes())).unwrap();
    assert_eq!(plain.input_tokens_bound, escaped.input_tokens_bound);
    assert_eq!(plain.estimated_tokens, escaped.estimated_tokens);
}

#[test]
fn an_image_counts_by_its_allowance_not_by_its_base64() {
    let image = format!("data:image/png;base64,{}", "A".repeat(2_000_000));
    let with = |part: Value| {
        chat(&json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "?"}, part]}]}))
    };
    let inline = with(json!({"type": "image_url", "image_url": {"url": image}}));
    assert_eq!(inline.attachments, 1);
    assert!((16_384..17_000).contains(&inline.input_tokens_bound), "{}", inline.input_tokens_bound);
    assert!((1_000..1_100).contains(&inline.estimated_tokens));
    // The same with a key that is spelled with an escape, as a plain text, and for a link of a few bytes.
    let link = with(json!({"type": "image_url", "image_url": "https://example.com/a.png"}));
    assert!(link.input_tokens_bound >= 16_384 && link.attachments == 1);
    let spelled = r#"{"model":"m","messages":[{"content":[{"image\u005furl":{"url":"https://example.com/a.png"}}]}]}"#;
    let spelled = Peek::read(Endpoint::ChatCompletions, &Bytes::from_static(spelled.as_bytes())).unwrap();
    assert_eq!(spelled.attachments, 1);
    // Frames of a film are images each.
    let frames = with(json!({"type": "video", "video": ["https://a/1.png", "https://a/2.png", "https://a/3.png"]}));
    assert_eq!(frames.attachments, 3);
    assert!(frames.input_tokens_bound >= 3 * 16_384);
    // Text behind an attachment counts again.
    let content =
        json!([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "y".repeat(5_000)}]);
    let behind = chat(&json!({"model": "m", "messages": [{"role": "user", "content": content}]}));
    assert!(behind.input_tokens_bound >= 16_384 + 5_000);
    // A file may be a text.
    let file = with(json!({"type": "file", "file": {"file_data": "z".repeat(500_000), "filename": "a.txt"}}));
    assert!(file.input_tokens_bound >= 500_000 && file.attachments == 1);
}

#[test]
fn the_words_of_attachments_elsewhere_mean_nothing() {
    let tools = json!([{"type": "function", "function": {"name": "draw", "parameters":
        {"type": "object", "properties": {"image": {"type": "string"}, "file": {"type": "string"}}}}}]);
    let peek =
        chat(&json!({"model": "m", "tools": tools, "messages": [{"role": "user", "content": "hi"}], "image": "x"}));
    assert_eq!(peek.attachments, 0);
    assert!(peek.input_tokens_bound < 2_000, "{}", peek.input_tokens_bound);
}

#[test]
fn tools_and_searches_add_what_templates_write_about_them() {
    let base = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    let bound = |field: &str, value: Value| {
        let mut body = base.clone();
        body[field] = value;
        chat(&body).input_tokens_bound
    };
    let plain = chat(&base).input_tokens_bound;
    assert!(bound("tools", json!([{"type": "function", "function": {"name": "f"}}])) > plain + 512);
    assert!(bound("enable_search", json!(true)) > plain + 16_384);
    assert!(bound("enable_search", json!(false)) < plain + 100);
}

#[test]
fn a_rerank_reads_its_query_with_every_document() {
    let body = |extra: Value| {
        let mut body = json!({"model": "m", "query": "q".repeat(1_000), "documents": ["a", "b", {"text": "c"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        read(Endpoint::Rerank, &body)
    };
    let plain = body(json!({}));
    assert!(plain.input_tokens_bound >= 3 * 1_000 && plain.estimated_tokens >= 3 * 250);
    assert!(body(json!({"max_chunks_per_doc": 10})).input_tokens_bound >= 30 * 1_000);
}

#[test]
fn ids_of_tokens_count_one_each() {
    let ids: Vec<u32> = (0..500).collect();
    let peek = read(Endpoint::Embeddings, &json!({"model": "m", "input": ids}));
    assert!(peek.estimated_tokens >= 500 && peek.estimated_tokens < 520 && peek.input_tokens_bound >= 500);
}

proptest! {
    #[test]
    fn the_bound_is_never_below_the_bytes_of_all_texts(
        texts in proptest::collection::vec(any::<String>(), 0..8), tool in any::<String>(), system in any::<String>(),
    ) {
        let messages: Vec<Value> = texts.iter().map(|text| json!({"role": "user", "content": text})).collect();
        let tools = json!([{"function": {"name": "f", "description": tool}}]);
        let bytes: usize = texts.iter().map(String::len).sum::<usize>() + tool.len() + system.len();
        let peek = chat(&json!({"model": "m", "messages": messages, "tools": tools, "system": system}));
        prop_assert!(peek.input_tokens_bound >= bytes as u64 + 16 * texts.len() as u64);
        prop_assert!(peek.estimated_tokens <= peek.input_tokens_bound);
        // Tools written anew, with spaces and with every character beyond ASCII escaped.
        let escaped: usize = tools.to_string().chars().map(|char| if char.is_ascii() { 1 } else { 6 * char.len_utf16() }).sum();
        prop_assert!(peek.input_tokens_bound >= escaped as u64);
        let prompt = json!({"model": "m", "prompt": texts});
        let bound = read(Endpoint::Completions, &prompt).input_tokens_bound;
        prop_assert!(bound >= texts.iter().map(String::len).sum::<usize>() as u64);
    }
}
