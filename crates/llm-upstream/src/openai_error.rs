//! The one form of error that callers see.

use bytes::Bytes;
use serde::Serialize;

use crate::mask::mask;

/// An error as OpenAI's clients read it: `{"error": {"message", "type", "param", "code"}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenAiError {
    /// For people. Never holds a key: what an upstream echoes is masked.
    pub message: String,
    /// The class, such as `invalid_request_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The field of the request that is wrong.
    pub param: Option<String>,
    /// For programs, such as `model_not_found`.
    pub code: Option<String>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a OpenAiError,
}

impl OpenAiError {
    /// Without a field. Whatever looks like a key in `message` is masked.
    pub fn new(kind: &str, code: Option<&str>, message: &str) -> Self {
        Self { message: mask(message), kind: kind.to_owned(), param: None, code: code.map(str::to_owned) }
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn with_param(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    /// The JSON body.
    pub fn to_json(&self) -> Bytes {
        // Strings serialize without fail; an empty object is what a client can still read.
        serde_json::to_vec(&Envelope { error: self }).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_has_all_four_fields_even_where_they_are_null() {
        let error = OpenAiError::new("rate_limit_error", Some("rate_limit_exceeded"), "wait");
        let json: serde_json::Value = serde_json::from_slice(&error.to_json()).unwrap();
        let expected = serde_json::json!({ "error": {
            "message": "wait", "type": "rate_limit_error", "param": null, "code": "rate_limit_exceeded",
        } });
        assert_eq!(json, expected);
        let named = error.with_param("n");
        assert_eq!(named.param.as_deref(), Some("n"));
    }
}
