//! Embeddings: vectors that depend on nothing but the text.

use base64::Engine as _;
use serde_json::{Value, json};

use super::{answer::LlmAnswer, ask::Ask, generation::Generation};

pub(super) fn body(said: &Generation, ask: &Ask, answer: &LlmAnswer) -> Value {
    let dimensions = ask.dimensions.unwrap_or(answer.dimensions);
    let entry = |(index, text): (usize, &String)| {
        let vector = vector(text, dimensions);
        let embedding = if ask.base64 {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            base64::engine::general_purpose::STANDARD.encode(bytes).into()
        } else {
            json!(vector)
        };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    };
    let data: Vec<Value> = ask.texts.iter().enumerate().map(entry).collect();
    let mut body = json!({"object": "list", "data": data, "model": said.model, "id": said.id()});
    if let Some(usage) = said.usage(0) {
        body["usage"] = usage;
    }
    body
}

/// Numbers between -1 and 1 from the bytes of the text.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let seed = text.bytes().fold(17u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let number = |index: usize| {
        let mixed = seed.wrapping_add(index as u32).wrapping_mul(2_654_435_761) >> 16;
        mixed as f32 / 32_768.0 - 1.0
    };
    (0..dimensions).map(number).collect()
}
