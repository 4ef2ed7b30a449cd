//! Who asks, as git's clients say it: the token as a password, or as the JSON API takes it.

use axum::http::{Extensions, HeaderMap, header};
use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::refused::Refused;
use crate::{
    Actor,
    auth::{address, bearer},
    registry::Registry,
};

/// Whom the token of a request speaks for. Guesses are counted by address; that git asks without a token first is none.
pub(super) async fn authenticate(
    registry: &Registry,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Actor, Refused> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(Refused::NoToken);
    }
    let token = bearer(headers).map(<[u8]>::to_vec).or_else(|| password(headers));
    let known = match token {
        None => None,
        Some(token) => registry.credentials.who(&token).await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "look a token up: {error}");
            Refused::Internal
        })?,
    };
    known.map_or_else(
        || {
            let address = address(registry, headers, extensions);
            let admitted = registry.limiter.admit(address, registry.clock.now());
            Err(admitted.map_or_else(|limited| Refused::TooMany(limited.0), |()| Refused::BadToken))
        },
        Ok,
    )
}

/// The password of `Basic`, whatever the user is called.
fn password(headers: &HeaderMap) -> Option<Vec<u8>> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.as_bytes().split_at_checked(6)?;
    let both = scheme.eq_ignore_ascii_case(b"Basic ").then(|| BASE64_STANDARD.decode(rest.trim_ascii()).ok())??;
    let colon = both.iter().position(|byte| *byte == b':')?;
    Some(both[colon + 1..].to_vec()).filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(value: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())]);
        password(&headers).map(|password| String::from_utf8(password).unwrap())
    }

    #[test]
    fn the_password_is_the_token_whoever_the_user_is() {
        let basic = |text: &str| format!("basic {}", BASE64_STANDARD.encode(text));
        assert_eq!(of(&basic("wang:tw-abc")).as_deref(), Some("tw-abc"));
        assert_eq!(of(&basic(":tw:abc")).as_deref(), Some("tw:abc"));
        assert_eq!(of(&basic("tw-abc:")), None);
        assert_eq!(of(&basic("tw-abc")), None);
        assert_eq!(of("Basic ***"), None);
        assert_eq!(of("Bearer tw-abc"), None);
    }
}
