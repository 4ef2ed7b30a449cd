//! Who searches, and as whom the search counts.

use std::{borrow::Cow, collections::BTreeSet, net::IpAddr, sync::Arc};

use access_tokens::{Denied, Directory, Grant, Scope};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};
use daemon_kit::{
    config::{GatewaySearchConfig, Network},
    problem::Problem,
    server::caller_address,
};
use web_search::CallerKey;

use super::forwarded;

const CHALLENGE: &str = r#"Bearer realm="twilight""#;
const CHALLENGE_INVALID: &str = r#"Bearer realm="twilight", error="invalid_token""#;
const CHALLENGE_SCOPE: &str = r#"Bearer realm="twilight", error="insufficient_scope", scope="search""#;

/// Lets callers in.
pub(super) struct Doorkeeper {
    directory: Arc<Directory>,
    anonymous: bool,
    trusted_proxies: Vec<Network>,
    trusted_tokens: BTreeSet<String>,
}

/// A caller who is let in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Searcher {
    /// As whom the search counts.
    pub(super) key: CallerKey,
    /// How we know: `token`, `address` or `named`.
    pub(super) known_by: &'static str,
}

impl Doorkeeper {
    /// As configured; `directory` knows the tokens.
    pub(super) fn new(config: &GatewaySearchConfig, directory: Arc<Directory>) -> Self {
        Self {
            directory,
            anonymous: config.anonymous,
            trusted_proxies: config.trusted_proxies.clone(),
            trusted_tokens: config.trusted_tokens.clone(),
        }
    }

    /// Who asks, from the request's headers and the address at the other end of its connection. A token that is sent
    /// must be good, also where none is needed: a caller who has one wants to be counted by it.
    ///
    /// # Errors
    /// 401 without a valid token, where one is needed or sent; 403 for a token without the scope `search`.
    pub(super) fn admit(&self, headers: &HeaderMap, peer: IpAddr, now: DateTime<Utc>) -> Result<Searcher, Problem> {
        let grant = self.grant(headers, now)?;
        if self.believes(grant.as_deref(), peer)
            && let Some(name) = forwarded::name(headers)
        {
            return Ok(Searcher { key: CallerKey::named(name), known_by: "named" });
        }
        Ok(match grant {
            Some(grant) => Searcher { key: CallerKey::token(&grant.profile, &grant.id), known_by: "token" },
            None => {
                let address = caller_address(headers, peer, &self.trusted_proxies);
                Searcher { key: CallerKey::address(address), known_by: "address" }
            }
        })
    }

    /// Whether this one's word about its caller counts.
    fn believes(&self, grant: Option<&Grant>, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
            || grant.is_some_and(|grant| self.trusted_tokens.contains(&*grant.id))
    }

    fn grant(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<Option<Arc<Grant>>, Problem> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            let detail = "send the header `authorization: Bearer <token>`";
            return if self.anonymous { Ok(None) } else { Err(unauthorized(detail, CHALLENGE)) };
        };
        let presented = bearer(value.as_bytes())
            .ok_or_else(|| unauthorized("the authorization header is not `Bearer <token>`", CHALLENGE))?;
        match self.directory.authenticate(presented, now) {
            Ok(grant) if grant.allows(Scope::Search) => Ok(Some(grant)),
            Ok(_) => Err(forbidden()),
            Err(denied @ (Denied::Unknown | Denied::Expired { .. })) => {
                Err(unauthorized(denied.to_string(), CHALLENGE_INVALID))
            }
        }
    }
}

/// The token of `Bearer <token>`; the scheme's name is case-insensitive (RFC 9110).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.trim_ascii().is_empty()).then(|| token.trim_ascii())
}

fn unauthorized(detail: impl Into<Cow<'static, str>>, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is required", detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

fn forbidden() -> Problem {
    let detail = "this route needs a token with the scope `search`";
    Problem::new(StatusCode::FORBIDDEN, "insufficient-scope", "The token lacks a scope", detail)
        .with("scope", "search")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE_SCOPE))
}

#[cfg(test)]
mod tests {
    use access_tokens::{Digest, Listing};

    use super::*;

    const OUTSIDE: &str = "203.0.113.9";
    const PROXY: &str = "10.0.0.2";

    fn doorkeeper(anonymous: bool) -> Doorkeeper {
        let grant = |id: &str, scope: Scope| {
            Arc::new(Grant {
                id: id.into(),
                name: id.into(),
                profile: "p".into(),
                scopes: [scope].into_iter().collect(),
                models: None,
                daily_cap: None,
                expires_at: (id == "old").then_some(DateTime::UNIX_EPOCH),
                digest: Digest::of(format!("tw-{id}").as_bytes()),
            })
        };
        let scopes = [("api", Scope::Search), ("bot", Scope::Search), ("old", Scope::Search), ("llm", Scope::Llm)];
        let directory = Directory::new();
        let tokens = scopes.map(|(id, scope)| grant(id, scope)).to_vec();
        directory.replace(&Listing { version: 1, as_of: DateTime::UNIX_EPOCH, tokens });
        Doorkeeper {
            directory: Arc::new(directory),
            anonymous,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            trusted_tokens: BTreeSet::from(["api".to_owned()]),
        }
    }

    fn admit(anonymous: bool, peer: &str, headers: &[(&'static str, &'static str)]) -> Result<CallerKey, &'static str> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse::<axum::http::HeaderName>().unwrap(), HeaderValue::from_static(value)));
        let admitted = doorkeeper(anonymous).admit(&headers.collect(), peer.parse().unwrap(), DateTime::UNIX_EPOCH);
        admitted.map(|searcher| searcher.key).map_err(|problem| problem.kind())
    }

    #[test]
    fn a_token_counts_as_itself_wherever_it_is_used() {
        let bot = [("authorization", "bearer tw-bot"), ("x-forwarded-for", "192.0.2.1")];
        for (anonymous, peer) in [(true, OUTSIDE), (false, OUTSIDE), (true, PROXY)] {
            assert_eq!(admit(anonymous, peer, &bot), Ok(CallerKey::token("p", "bot")));
        }
    }

    #[test]
    fn a_bad_token_is_refused_even_where_none_is_needed() {
        for token in ["Bearer tw-nobody", "Bearer tw-old", "Basic tw-bot", "Bearer ", ""] {
            assert_eq!(admit(true, OUTSIDE, &[("authorization", token)]), Err("unauthorized"), "{token}");
        }
        assert_eq!(admit(true, OUTSIDE, &[("authorization", "Bearer tw-llm")]), Err("insufficient-scope"));
    }

    #[test]
    fn who_has_no_token_counts_by_address_where_such_callers_are_let_in() {
        let by = |address: &str| Ok(CallerKey::address(address.parse().unwrap()));
        assert_eq!(admit(false, OUTSIDE, &[]), Err("unauthorized"));
        assert_eq!(admit(true, OUTSIDE, &[("x-forwarded-for", "192.0.2.1")]), by(OUTSIDE));
        assert_eq!(admit(true, PROXY, &[("x-forwarded-for", "192.0.2.1")]), by("192.0.2.1"));
    }

    #[test]
    fn a_name_is_believed_from_trusted_proxies_and_trusted_tokens_only() {
        let named = ("x-twilight-caller", "agent-7");
        assert_eq!(admit(true, PROXY, &[named]), Ok(CallerKey::named("agent-7")));
        assert_eq!(
            admit(false, OUTSIDE, &[("authorization", "Bearer tw-api"), named]),
            Ok(CallerKey::named("agent-7"))
        );
        assert_eq!(
            admit(true, OUTSIDE, &[("authorization", "Bearer tw-bot"), named]),
            Ok(CallerKey::token("p", "bot"))
        );
        assert_eq!(admit(true, OUTSIDE, &[named]), Ok(CallerKey::address(OUTSIDE.parse().unwrap())));
        assert_eq!(admit(false, PROXY, &[named]), Err("unauthorized"), "a name is no token");
    }
}
