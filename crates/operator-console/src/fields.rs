//! The fields of a form that was sent.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use daemon_kit::{body::shown, problem::Problem};

/// The field that every form carries.
pub(crate) const CSRF: &str = "csrf";

/// The fields of a POST form, without the CSRF token, which was checked. An empty field counts as not given.
#[derive(Clone, Debug, Default)]
pub struct Fields(Arc<Vec<(String, String)>>);

impl Fields {
    /// Decodes a form's body; says the CSRF token beside.
    pub(crate) fn parse(body: &[u8]) -> (Self, Option<String>) {
        let mut csrf = None;
        let mut pairs = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if name == CSRF {
                csrf = Some(value.into_owned());
            } else {
                pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        (Self(Arc::new(pairs)), csrf)
    }

    /// The first value of a field, blanks around it left out; none where it is empty.
    pub fn get<'a>(&'a self, name: &str) -> Option<&'a str> {
        let named = self.0.iter().find(|(found, _)| found == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All values of a field that may come several times, as checkboxes do.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(found, _)| found == name);
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// As [`get`](Self::get).
    ///
    /// # Errors
    /// 400 that names the field where it is empty.
    pub fn require(&self, name: &'static str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "missing-parameter",
                "A parameter is missing",
                format!("fill in `{name}`"),
            )
            .field(name)
        })
    }

    /// # Errors
    /// 400 for a field that is none of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let name = shown(name);
                Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "unknown-parameter",
                    "A parameter is unknown",
                    format!("there is no field `{name}` here"),
                )
                .field(name)
                .allowed(known))
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // The door puts them there; a handler that is not behind it is our fault.
        parts.extensions.get().cloned().ok_or_else(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_the_token_is_none_of_them() {
        let (fields, csrf) = Fields::parse(b"csrf=t%2B1&name=%E5%B9%B3+%3Cb%3E&empty=+&id=1&id=2");
        assert_eq!(csrf.as_deref(), Some("t+1"));
        assert_eq!((fields.get("name"), fields.get("empty"), fields.get("csrf")), (Some("平 <b>"), None, None));
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.require("empty").unwrap_err().faulty_field(), Some("empty"));
        assert!(fields.only(&["name", "empty", "id"]).is_ok());
        assert_eq!(fields.only(&["name"]).unwrap_err().kind(), "unknown-parameter");
    }
}
