//! A JSON body, where a request has one.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::StatusCode,
};
use daemon_kit::problem::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// No change of the gateway is longer.
const BODY_BYTES: usize = 256 << 10;

/// Reads the body, blanks around it left out.
///
/// # Errors
/// 413 for more than 256 KiB.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, Problem> {
    let bytes = to_bytes(body, BODY_BYTES).await.map_err(|_| {
        let detail = format!("the body is larger than {BODY_BYTES} bytes, or was cut off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large", detail)
    })?;
    let text = bytes.trim_ascii();
    Ok(bytes.slice_ref(text))
}

/// Reads a JSON object with the fields `known`.
///
/// # Errors
/// 400 for anything else; no value of the body is repeated: it may hold a key.
pub(crate) fn parse_body<T: DeserializeOwned>(body: &[u8], known: &[&str]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| unexpected(&error, known))
}

/// As [`parse_body`], of an object that was read already.
///
/// # Errors
/// As [`parse_body`].
pub(crate) fn parse_fields<T: DeserializeOwned>(fields: Map<String, Value>, known: &[&str]) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| unexpected(&error, known))
}

fn unexpected(error: &serde_json::Error, known: &[&str]) -> Problem {
    let detail = format!("the body is not what is expected: {}", without_values(error));
    Problem::invalid("body", detail).allowed(known)
}

/// 400 `missing-parameter` for a field that must be there.
pub(crate) fn missing(field: &'static str, example: &str) -> Problem {
    let detail = format!("`{field}` is required, for example \"{field}\": \"{example}\"");
    Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail).field(field)
}

/// What serde_json says, without the value that it quotes in ``invalid type: string "sk-…", expected …``.
fn without_values(error: &serde_json::Error) -> String {
    let place = match error.line() {
        0 => String::new(),
        line => format!(", line {line} column {}", error.column()),
    };
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let told = ["unknown field", "missing field", "duplicate field"].iter().any(|start| message.starts_with(start));
    let told = told || message.starts_with("EOF") || message.starts_with("expected");
    if told {
        return format!("{message}{place}");
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}{place}"),
        None => format!("not what can stand there{place}"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        #[serde(rename = "key")]
        _key: u32,
    }

    fn refused(body: &str) -> String {
        parse_body::<Change>(body.as_bytes(), &["key"]).unwrap_err().detail().to_owned()
    }

    #[test]
    fn a_wrong_body_is_explained_without_its_values() {
        let expected = "the body is not what is expected: ";
        assert_eq!(refused("{\"key\":\"sk-secret\"}"), format!("{expected}expected u32, line 1 column 18"));
        assert_eq!(refused("{\"kye\":1}"), format!("{expected}unknown field `kye`, expected `key`, line 1 column 6"));
        assert_eq!(refused("{}"), format!("{expected}missing field `key`, line 1 column 2"));
        assert!(refused("sk-secret").starts_with(&format!("{expected}expected value")), "{}", refused("sk-secret"));
    }

    #[tokio::test]
    async fn a_long_body_is_refused() {
        let problem = read_body(Body::from(vec![b' '; BODY_BYTES + 1])).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read_body(Body::from(" {} \n")).await.unwrap(), "{}");
    }
}
