use std::collections::BTreeSet;

use access_tokens::{Grant, Listing};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::config::Secret;

use super::*;

fn noon() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

fn access_token(text: &str, scopes: &[access_tokens::Scope]) -> Arc<Grant> {
    Arc::new(Grant {
        id: format!("id-of-{text}").into(),
        name: format!("name-of-{text}").into(),
        profile: "alice".into(),
        scopes: scopes.iter().copied().collect(),
        models: None,
        daily_cap: None,
        expires_at: (text == "tw-old").then(|| noon() - TimeDelta::seconds(1)),
        digest: Digest::of(text.as_bytes()),
    })
}

fn tokens() -> Tokens {
    let token = |text: &str, scopes: &[Scope]| ApiToken {
        name: format!("the-{text}"),
        token: Secret::new(text),
        scopes: BTreeSet::from_iter(scopes.iter().copied()),
    };
    let directory = Directory::new();
    use access_tokens::Scope as S;
    let known = vec![
        access_token("tw-bot", &[S::Llm, S::Search]),
        access_token("tw-reader", &[S::Read]),
        access_token("tw-admin", &[S::Admin]),
        access_token("tw-old", &[S::Read]),
        // Somebody registered a configured token's text as an access token that may do more.
        access_token("reader", &[S::Read, S::Admin]),
    ];
    directory.replace(&Listing { version: 1, as_of: noon(), tokens: known });
    let configured = [token("reader", &[Scope::Read]), token("operator", &[Scope::Read, Scope::Admin])];
    Tokens::new(&configured, Arc::new(directory), Clock::fixed(noon()))
}

fn outcome(authorization: &'static str, scope: Scope) -> Result<String, &'static str> {
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(authorization))]);
    tokens().require(&headers, scope).map(|caller| caller.name().to_owned()).map_err(|problem| problem.kind())
}

#[test]
fn a_token_opens_what_its_scopes_say_and_names_its_owner() {
    let (reader, operator) = (Ok("the-reader".to_owned()), Ok("the-operator".to_owned()));
    assert_eq!(outcome("Bearer reader", Scope::Read), reader);
    assert_eq!(outcome("bearer  reader ", Scope::Read), reader);
    assert_eq!(outcome("Bearer reader", Scope::Admin), Err("insufficient-scope"), "the configuration counts");
    assert_eq!(outcome("Bearer operator", Scope::Read), operator);
    assert_eq!(outcome("Bearer operator", Scope::Admin), operator);
}

#[test]
fn an_access_token_opens_what_its_scopes_say_and_is_named_by_its_id() {
    assert_eq!(outcome("Bearer tw-reader", Scope::Read), Ok("id-of-tw-reader".to_owned()));
    assert_eq!(outcome("Bearer tw-reader", Scope::Admin), Err("insufficient-scope"));
    assert_eq!(outcome("Bearer tw-admin", Scope::Admin), Ok("id-of-tw-admin".to_owned()));
    assert_eq!(outcome("Bearer tw-admin", Scope::Read), Err("insufficient-scope"));
    assert_eq!(outcome("Bearer tw-bot", Scope::Read), Err("insufficient-scope"), "it is for the gateway");
    assert_eq!(outcome("Bearer tw-old", Scope::Read), Err("unauthorized"));
}

#[test]
fn anything_but_a_known_token_is_refused() {
    for authorization in ["", "Bearer", "Bearer ", "Bearer    ", "Basic reader", "reader", "Bearer READER", "Bearer r"]
    {
        assert_eq!(outcome(authorization, Scope::Read), Err("unauthorized"), "{authorization}");
    }
    assert_eq!(tokens().require(&HeaderMap::new(), Scope::Read).unwrap_err().kind(), "unauthorized");
    let nobody = Tokens::new(&[], Arc::new(Directory::new()), Clock::fixed(noon()));
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"))]);
    assert_eq!(nobody.require(&headers, Scope::Read).unwrap_err().kind(), "unauthorized");
}
