//! What a call asks for.

use serde_json::Value;

use super::{dialect::LlmEndpoint, tokens};

/// A call's body, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) max_tokens: Option<u64>,
    pub(super) choices: u64,
    /// Tokens of the prompt.
    pub(super) input: u64,
    /// Tokens that the prompt asks for.
    pub(super) wanted: Option<u64>,
    /// The function to call, if there are any.
    pub(super) tool: Option<String>,
    /// The texts of embeddings and documents.
    pub(super) texts: Vec<String>,
    /// Whether embeddings are wanted in base64.
    pub(super) base64: bool,
    pub(super) dimensions: Option<usize>,
    pub(super) top_n: Option<usize>,
    pub(super) return_documents: bool,
}

impl Ask {
    /// `None` where the body is no JSON object, or lacks what the endpoint needs.
    pub(super) fn read(endpoint: LlmEndpoint, body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let model = body["model"].as_str()?.to_owned();
        let subject = match endpoint {
            LlmEndpoint::Chat => body["messages"].as_array().filter(|messages| !messages.is_empty())?.into(),
            LlmEndpoint::Completions => Subject::Of(&body["prompt"]),
            LlmEndpoint::Embeddings => Subject::Of(&body["input"]),
            _ => Subject::Of(&body["documents"]),
        };
        let texts = subject.texts();
        if texts.is_empty() && endpoint != LlmEndpoint::Chat {
            return None;
        }
        let query = body["query"].as_str().map_or(0, str::len);
        let bytes = texts.iter().map(String::len).sum::<usize>() + query;
        let tool = body["tools"].pointer("/0/function/name").and_then(Value::as_str);
        let number = |name: &str| body[name].as_u64();
        Some(Self {
            model,
            stream: body["stream"] == true,
            include_usage: body["stream_options"]["include_usage"] == true,
            max_tokens: number("max_completion_tokens").or_else(|| number("max_tokens")),
            choices: number("n").unwrap_or(1).clamp(1, 16),
            input: tokens::of_prompt(bytes, subject.messages()),
            wanted: texts.last().and_then(|text| tokens::asked_for(text)),
            tool: tool.filter(|_| body["tool_choice"] != "none").map(str::to_owned),
            base64: body["encoding_format"] == "base64",
            dimensions: number("dimensions").and_then(|count| usize::try_from(count).ok()),
            top_n: number("top_n").and_then(|count| usize::try_from(count).ok()),
            return_documents: body["return_documents"] == true,
            texts,
        })
    }
}

/// Where the texts stand.
enum Subject<'a> {
    Messages(&'a Vec<Value>),
    Of(&'a Value),
}

impl<'a> From<&'a Vec<Value>> for Subject<'a> {
    fn from(messages: &'a Vec<Value>) -> Self {
        Self::Messages(messages)
    }
}

impl Subject<'_> {
    fn messages(&self) -> usize {
        if let Self::Messages(messages) = self { messages.len() } else { 0 }
    }

    fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        match self {
            Self::Messages(messages) => messages.iter().for_each(|message| collect(&message["content"], &mut texts)),
            Self::Of(value) => collect(value, &mut texts),
        }
        texts
    }
}

/// A text, or the texts of a list; `{"type": "text", "text": …}` and `{"text": …}` count as their text.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(parts) => texts.extend(parts.get("text").and_then(Value::as_str).map(str::to_owned)),
        _ => {}
    }
}
