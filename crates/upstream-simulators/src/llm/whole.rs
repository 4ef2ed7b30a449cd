//! Answers that are no stream.

use serde_json::{Value, json};

use super::{
    answer::LlmAnswer,
    ask::Ask,
    dialect::LlmEndpoint,
    embeddings,
    generation::{CREATED, Generation},
    rerank,
};

/// The body of an answer.
pub(super) fn body(said: &Generation, ask: &Ask, answer: &LlmAnswer) -> Value {
    match said.endpoint {
        LlmEndpoint::Embeddings => embeddings::body(said, ask, answer),
        LlmEndpoint::Rerank => rerank::body(said, ask),
        _ => spoken(said),
    }
}

fn spoken(said: &Generation) -> Value {
    let chat = said.endpoint == LlmEndpoint::Chat;
    let choice = |index: u64| {
        let content = said.words(0, said.text);
        if !chat {
            return json!({"index": index, "text": content, "logprobs": null, "finish_reason": said.finish});
        }
        let mut message = match &said.tool {
            Some(tool) => {
                let function = json!({"name": tool, "arguments": said.arguments(0, said.text)});
                let call = json!({"id": format!("call-{}", said.number), "type": "function", "function": function});
                json!({"role": "assistant", "content": null, "tool_calls": [call]})
            }
            None => json!({"role": "assistant", "content": content}),
        };
        if said.thinking > 0 {
            message["reasoning_content"] = said.words(0, said.thinking).into();
        }
        json!({"index": index, "message": message, "logprobs": null, "finish_reason": said.finish})
    };
    let choices: Vec<Value> = (0..said.choices).map(choice).collect();
    let object = if chat { "chat.completion" } else { "text_completion" };
    let mut body = json!({
        "id": said.id(), "object": object, "created": CREATED, "model": said.model, "choices": choices,
        "x_sim": {"score": 1.50e0, "note": "原样"},
    });
    if let Some(usage) = said.usage(said.output()) {
        body["usage"] = usage;
    }
    body
}
