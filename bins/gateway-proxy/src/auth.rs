//! Who asks: the bearer token of a request to `/v1/*`.

use std::sync::Arc;

use access_tokens::{Grant, Scope};
use axum::http::{HeaderMap, header};

use crate::{gateway::Gateway, refusal::Failure};

const MISSING: &str = "send the header `authorization: Bearer <token>`";

/// The owner of the request's token, who may use models.
///
/// # Errors
/// 401 without a valid token, 403 where it lacks the scope `llm`.
pub(crate) fn caller(gateway: &Gateway, headers: &HeaderMap) -> Result<Arc<Grant>, Failure> {
    let presented = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
    let grant = match presented {
        None => Err(Failure::unauthorized(MISSING)),
        Some(token) => gateway.directory.authenticate(token, gateway.time.clock().now()).map_err(Failure::from),
    };
    match grant {
        Ok(grant) if grant.allows(Scope::Llm) => Ok(grant),
        Ok(_) => Err(Failure::no_scope(Scope::Llm)),
        Err(failure) => {
            gateway.meters.unauthenticated();
            Err(failure)
        }
    }
}

/// The token of `Bearer <token>`; the scheme's name is case-insensitive (RFC 9110).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.trim_ascii().is_empty()).then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case_and_blanks_are_no_token() {
        assert_eq!(bearer(b"Bearer tw-1"), Some(&b"tw-1"[..]));
        assert_eq!(bearer(b"bearer  tw-1 "), Some(&b"tw-1"[..]));
        for wrong in [&b""[..], b"Bearer", b"Bearer ", b"Bearer   ", b"Basic tw-1", b"tw-1"] {
            assert_eq!(bearer(wrong), None);
        }
    }
}
