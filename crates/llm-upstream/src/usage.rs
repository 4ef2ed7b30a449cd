//! What an answer used, as the upstream counted it, or estimated where it did not.
//!
//! An upstream's count is believed unless it cannot be: a negative number, a text, more tokens than any model has, or
//! none at all is no usage, and the caller estimates.

mod counts;
mod stream;
mod tail;

use route_policy::Usage;
use serde::Deserialize;
use serde_json::value::RawValue;

pub use stream::{FrameKind, StreamUsage};
pub use tail::TailUsage;

/// The parts of a body that may hold its usage.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    /// Of rerank answers: `{"tokens": {"input_tokens", "output_tokens"}, "billed_units": …}`.
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
}

/// The usage in a whole JSON body; none where it has none or an impossible one.
pub fn of_body(body: &[u8]) -> Option<Usage> {
    let body: Body<'_> = serde_json::from_slice(body).ok()?;
    let usage = body.usage.and_then(|usage| counts::read(usage.get()));
    usage.or_else(|| counts::read_meta(body.meta?.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, cached_input: u64, output: u64, thinking: u64) -> Option<Usage> {
        Some(Usage { input, cached_input, output, thinking })
    }

    #[test]
    fn every_vendors_form_is_read() {
        for (body, expected) in [
            // OpenAI, DashScope.
            (
                r#"{"id":"x","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30,
                    "prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":4}}}"#,
                usage(20, 8, 10, 4),
            ),
            // SiliconFlow.
            (r#"{"usage":{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}}"#, usage(20, 0, 10, 0)),
            // DeepSeek.
            (
                r#"{"usage":{"prompt_tokens":20,"completion_tokens":1,"prompt_cache_hit_tokens":16,"prompt_cache_miss_tokens":4}}"#,
                usage(20, 16, 1, 0),
            ),
            // Embeddings.
            (r#"{"data":[],"usage":{"prompt_tokens":5,"total_tokens":5}}"#, usage(5, 0, 0, 0)),
            // DashScope's embeddings and rerank.
            (r#"{"usage":{"total_tokens":7}}"#, usage(7, 0, 0, 0)),
            // SiliconFlow's rerank, then Cohere's form.
            (
                r#"{"id":"x","results":[],"meta":{"billed_units":{"input_tokens":28,"output_tokens":0},
                    "tokens":{"input_tokens":28,"output_tokens":0}}}"#,
                usage(28, 0, 0, 0),
            ),
            (r#"{"results":[],"meta":{"billed_units":{"input_tokens":28,"output_tokens":1}}}"#, usage(28, 0, 1, 0)),
            // The Responses form and Moonshot's place for cached tokens.
            (
                r#"{"usage":{"input_tokens":9,"output_tokens":3,"input_tokens_details":{"cached_tokens":2},
                    "output_tokens_details":{"reasoning_tokens":1}}}"#,
                usage(9, 2, 3, 1),
            ),
            (r#"{"usage":{"prompt_tokens":9,"completion_tokens":3,"cached_tokens":4}}"#, usage(9, 4, 3, 0)),
            // Thinking beside the output instead of within it, which the total gives away.
            (
                r#"{"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":19,
                    "completion_tokens_details":{"reasoning_tokens":7}}}"#,
                usage(9, 0, 10, 7),
            ),
            // Numbers as some Go and PHP gateways write them.
            (
                r#"{"usage":{"prompt_tokens":"9","completion_tokens":3.0,"prompt_tokens_details":null}}"#,
                usage(9, 0, 3, 0),
            ),
            // More cached than there was.
            (
                r#"{"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":50}}}"#,
                usage(9, 9, 3, 0),
            ),
        ] {
            assert_eq!(of_body(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn an_impossible_usage_is_none() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"usage":null}"#,
            r#"{"usage":{}}"#,
            r#"{"usage":[]}"#,
            r#"{"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}"#,
            r#"{"usage":{"prompt_tokens":-5,"completion_tokens":3}}"#,
            r#"{"usage":{"prompt_tokens":5,"completion_tokens":-3}}"#,
            r#"{"usage":{"prompt_tokens":5,"completion_tokens":9000000000000000000}}"#,
            r#"{"usage":{"prompt_tokens":5,"completion_tokens":1e300}}"#,
            r#"{"usage":{"prompt_tokens":5.5,"completion_tokens":1}}"#,
            r#"{"usage":{"prompt_tokens":"many","completion_tokens":1}}"#,
            r#"{"usage":{"prompt_tokens":{"x":1},"completion_tokens":1}}"#,
            r#"{"meta":{"tokens":{"input_tokens":-1}}}"#,
            r#"{"usage":{"prompt_tokens":5,"completion_tokens":1}"#,
        ] {
            assert_eq!(of_body(body.as_bytes()), None, "{body}");
        }
    }
}
