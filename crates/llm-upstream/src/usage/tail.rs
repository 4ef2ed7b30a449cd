//! The usage of a body that is passed on without being held.

use memchr::memmem;
use route_policy::Usage;
use serde::Deserialize as _;
use serde_json::Value;

use super::counts;

/// Usage stands at the end of every known provider's body; this much of it is kept.
const KEPT: usize = 16 << 10;

/// Keeps the end of a body.
#[derive(Debug, Default)]
pub struct TailUsage {
    tail: Vec<u8>,
}

impl TailUsage {
    /// Takes the next chunk.
    pub fn push(&mut self, chunk: &[u8]) {
        let new = &chunk[chunk.len().saturating_sub(KEPT)..];
        // Twice as much is let grow, so that small chunks do not each move what is kept.
        if self.tail.len() + new.len() > 2 * KEPT {
            let surplus = (self.tail.len() + new.len() - KEPT).min(self.tail.len());
            self.tail.drain(..surplus);
        }
        self.tail.extend_from_slice(new);
    }

    /// The last usage that stands in it, once the body has ended.
    pub fn usage(&self) -> Option<Usage> {
        // Within a text the quotes would be escaped, so these bytes are a key, or a text of this one word.
        let places = |key: &'static [u8]| {
            memmem::rfind_iter(&self.tail, key).filter_map(|at| value(&self.tail[at + key.len()..]))
        };
        let told = places(b"\"usage\"").find_map(|usage| counts::usage(&usage).ok().flatten());
        told.or_else(|| places(b"\"tokens\"").find_map(|tokens| counts::usage(&tokens).ok().flatten()))
    }
}

/// The value after a colon.
fn value(rest: &[u8]) -> Option<Value> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?;
    Value::deserialize(&mut serde_json::Deserializer::from_slice(rest)).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::usage::of_body;

    fn of_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Option<Usage> {
        let mut tail = TailUsage::default();
        chunks.into_iter().for_each(|chunk| tail.push(chunk));
        assert!(tail.tail.len() <= 2 * KEPT);
        tail.usage()
    }

    #[test]
    fn words_in_the_text_are_not_taken_for_the_usage() {
        let body = br#"{"usage":{"prompt_tokens":3,"completion_tokens":4},"choices":[{"message":
            {"content":"the \"usage\": {\"prompt_tokens\": 999}"},"logprobs":["usage","usage"]}]}"#;
        assert_eq!(of_chunks([&body[..]]).map(|usage| usage.input), Some(3));
        assert_eq!(of_chunks([&br#"{"choices":[{"text":"usage"}],"usage":null}"#[..]]), None);
        let rerank = br#"{"results":[],"meta":{"tokens":{"input_tokens":28,"output_tokens":0}}}"#;
        assert_eq!(of_chunks([&rerank[..]]).map(|usage| usage.input), Some(28));
    }

    proptest! {
        #[test]
        fn a_long_body_in_any_chunks_tells_its_usage(length in 0_usize..80_000, size in 1_usize..20_000, input in 1_u64..1_000) {
            let text = "x".repeat(length);
            let body = format!(r#"{{"choices":[{{"text":"{text}"}}],"usage":{{"prompt_tokens":{input},"completion_tokens":2}}}}"#);
            prop_assert_eq!(of_chunks(body.as_bytes().chunks(size)), of_body(body.as_bytes()));
        }
    }
}
