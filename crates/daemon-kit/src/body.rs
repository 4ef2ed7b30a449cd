//! A JSON body, where a request has one. What is wrong with it is told by the field, with what may stand there, and never
//! with the value: it may be a key.

use std::fmt;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::StatusCode,
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Value, error::Category};

use crate::problem::Problem;

/// No body of [`read_body`] is longer.
const BODY_BYTES: usize = 256 << 10;

/// A member of a body, and what may stand there in words.
pub type Field = (&'static str, &'static str);

/// Reads the body, blanks around it left out.
///
/// # Errors
/// 413 for more than 256 KiB.
pub async fn read_body(body: Body) -> Result<Bytes, Problem> {
    read_body_up_to(body, BODY_BYTES).await
}

/// Reads the body, blanks around it left out.
///
/// # Errors
/// 413 for more than `limit` bytes.
pub async fn read_body_up_to(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let bytes = read_whole(body, limit).await?;
    let text = bytes.trim_ascii();
    Ok(bytes.slice_ref(text))
}

/// Reads the body as it is.
///
/// # Errors
/// 413 for more than `limit` bytes.
pub async fn read_whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    to_bytes(body, limit).await.map_err(|_| {
        let detail = format!("the body is larger than {limit} bytes, or was cut off");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large", detail)
    })
}

/// Reads a JSON object with the fields `known`.
///
/// # Errors
/// As [`parse_object`] and [`parse_fields`].
pub fn parse_body<T: DeserializeOwned>(body: &[u8], known: &[Field]) -> Result<T, Problem> {
    parse_fields(parse_object(body)?, known)
}

/// Reads a JSON object whose members are looked at later.
///
/// # Errors
/// 400 for anything else, and for a member that stands there twice.
pub fn parse_object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    let read: Result<Object, _> = serde_json::from_slice(body);
    read.map(|object| object.0).map_err(|error| {
        let detail = match error.classify() {
            // Another kind of value, which the message repeats.
            Category::Data if error.to_string().starts_with("invalid type") => "not a JSON object".to_owned(),
            Category::Data => error.to_string(),
            _ => format!("no JSON: {error}"),
        };
        Problem::invalid("body", detail).allowed(["a JSON object"])
    })
}

/// Reads an object's members, all of which are `known`.
///
/// # Errors
/// 400 that names the member at fault, and what may stand there.
pub fn parse_fields<T: DeserializeOwned>(fields: Map<String, Value>, known: &[Field]) -> Result<T, Problem> {
    if let Some(name) = fields.keys().find(|name| known.iter().all(|(field, _)| field != name)) {
        let name = shown(name);
        let names = known.iter().map(|(field, _)| *field);
        return Err(Problem::invalid(name.clone(), format!("there is no member `{name}` here")).allowed(names));
    }
    let wrong = |error: &serde_json::Error| {
        known.iter().find(|(name, _)| match fields.get(*name) {
            Some(value) => is_wrong::<T>(name, value),
            None => error.to_string() == format!("missing field `{name}`"),
        })
    };
    serde_json::from_value(Value::Object(fields.clone())).map_err(|error| match wrong(&error) {
        Some((name, what)) if fields.contains_key(*name) => {
            Problem::invalid(*name, "not what may stand there").allowed([what])
        }
        Some((name, what)) => missing(name, what),
        None => Problem::invalid("body", "not what is expected").allowed(known.iter().map(|(name, _)| *name)),
    })
}

/// 400 `missing-parameter` for a member that must be there.
pub fn missing(field: &'static str, what: &str) -> Problem {
    let detail = format!("`{field}` is required");
    Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail)
        .field(field)
        .allowed([what])
}

/// Whether the value cannot stand under the name, whatever stands beside it.
fn is_wrong<T: DeserializeOwned>(name: &str, value: &Value) -> bool {
    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
    let read = serde_json::from_value::<T>(Value::Object(alone));
    read.is_err_and(|error| !error.to_string().starts_with("missing field"))
}

/// An object each of whose members stands there once: of two, nobody knows which one was meant.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    let twice = format!("the member `{}` stands there twice", shown(&name));
                    if map.insert(name, value).is_some() {
                        return Err(A::Error::custom(twice));
                    }
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}

/// A caller's text as an error repeats it: at most 64 characters, none that would upset a terminal.
pub fn shown(text: &str) -> String {
    const MOST: usize = 64;
    let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(MOST).map(clean).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        #[serde(rename = "key")]
        _key: u32,
        #[serde(rename = "on", default)]
        _on: Option<bool>,
    }

    const KNOWN: [Field; 2] = [("key", "a whole number, 0 or more"), ("on", "true or false")];

    /// Detail, field and what is allowed.
    fn refused(body: &str) -> (String, String, String) {
        let problem = parse_body::<Change>(body.as_bytes(), &KNOWN).unwrap_err();
        let told = format!("{problem:?}");
        assert!(!told.contains("sk-secret"), "{told}");
        (problem.detail().to_owned(), problem.kind().to_owned(), told)
    }

    #[test]
    fn a_text_is_repeated_without_control_characters_and_not_at_any_length() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 65);
    }

    #[test]
    fn a_wrong_value_is_told_by_its_field_with_what_may_stand_there_and_not_repeated() {
        for (body, field, allowed) in [
            ("{\"key\":\"sk-secret\"}", "key", "a whole number, 0 or more"),
            ("{\"key\":-1,\"on\":true}", "key", "a whole number, 0 or more"),
            ("{\"key\":1,\"on\":\"sk-secret\"}", "on", "true or false"),
            ("{\"on\":1}", "on", "true or false"),
        ] {
            let (detail, kind, told) = refused(body);
            assert_eq!((detail.as_str(), kind.as_str()), ("not what may stand there", "invalid-parameter"), "{body}");
            assert!(told.contains(&format!("field: Some(\"{field}\")")) && told.contains(allowed), "{body}: {told}");
        }
    }

    #[test]
    fn a_member_that_is_unknown_missing_or_there_twice_is_named() {
        let (detail, kind, told) = refused("{\"key\":1,\"kye\":\"sk-secret\"}");
        assert_eq!((detail.as_str(), kind.as_str()), ("there is no member `kye` here", "invalid-parameter"));
        assert!(told.contains("field: Some(\"kye\")") && told.contains("[\"key\", \"on\"]"), "{told}");
        let (detail, kind, told) = refused("{\"on\":true}");
        assert_eq!((detail.as_str(), kind.as_str()), ("`key` is required", "missing-parameter"));
        assert!(told.contains("a whole number, 0 or more"), "{told}");
        let (detail, ..) = refused("{\"key\":1,\"key\":2}");
        assert!(detail.starts_with("the member `key` stands there twice"), "{detail}");
    }

    #[test]
    fn what_is_no_object_is_refused() {
        // Derived readers take a list for an object's members in their order; nobody means that.
        for body in ["[1,true]", "null", "\"sk-secret\"", "7"] {
            assert_eq!(refused(body).0, "not a JSON object", "{body}");
        }
        for body in ["", "{", "{\"key\":tru", "sk-secret"] {
            assert!(refused(body).0.starts_with("no JSON: "), "{body}");
        }
    }

    #[tokio::test]
    async fn a_long_body_is_refused() {
        let problem = read_body(Body::from(vec![b' '; BODY_BYTES + 1])).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read_body(Body::from(" {} \n")).await.unwrap(), "{}");
    }
}
