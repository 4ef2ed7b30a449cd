//! Rerank, in SiliconFlow's form: the shorter a document, the better it is.

use serde_json::{Value, json};

use super::{ask::Ask, generation::Generation};

pub(super) fn body(said: &Generation, ask: &Ask) -> Value {
    let mut order: Vec<usize> = (0..ask.texts.len()).collect();
    order.sort_by_key(|index| ask.texts[*index].len());
    order.truncate(ask.top_n.unwrap_or(usize::MAX));
    let result = |index: usize| {
        let text = &ask.texts[index];
        let mut result = json!({"index": index, "relevance_score": 1.0 / (1.0 + text.len() as f64)});
        if ask.return_documents {
            result["document"] = json!({"text": text});
        }
        result
    };
    let results: Vec<Value> = order.into_iter().map(result).collect();
    let mut body = json!({"id": said.id(), "results": results});
    if let Some(usage) = said.usage(0) {
        body["meta"] = json!({
            "billed_units": {"input_tokens": usage["prompt_tokens"], "output_tokens": 0},
            "tokens": {"input_tokens": usage["prompt_tokens"], "output_tokens": 0},
        });
    }
    body
}
