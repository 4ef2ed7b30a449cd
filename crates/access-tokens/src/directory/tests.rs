use chrono::TimeDelta;

use super::*;
use crate::{Scope, TokenText};

fn grant(id: &str, text: &TokenText) -> Grant {
    Grant {
        id: id.into(),
        name: format!("{id}'s").into(),
        profile: "alice".into(),
        scopes: [Scope::Llm].into_iter().collect(),
        models: None,
        daily_cap: None,
        expires_at: None,
        digest: text.digest(),
    }
}

fn listing(version: u64, grants: Vec<Grant>) -> Listing {
    Listing { version, as_of: noon(), tokens: grants.into_iter().map(Arc::new).collect() }
}

fn noon() -> DateTime<Utc> {
    "2026-11-23T04:00:00Z".parse().unwrap()
}

#[test]
fn only_the_text_of_a_known_token_lets_a_caller_in() {
    let (token, other) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    let directory = Directory::new();
    assert_eq!(directory.authenticate(token.expose().as_bytes(), noon()), Err(Denied::Unknown), "nobody is known yet");
    directory.replace(&listing(1, vec![grant("a", &token)]));
    assert_eq!(&*directory.authenticate(token.expose().as_bytes(), noon()).unwrap().id, "a");
    let digest = token.digest().to_string();
    let long = [token.expose(), &"x".repeat(1000)].concat();
    for wrong in ["", "tw-", other.expose(), &digest, &token.expose()[..66], &long, &token.expose().to_uppercase()] {
        assert_eq!(directory.authenticate(wrong.as_bytes(), noon()), Err(Denied::Unknown), "{wrong}");
    }
    assert_eq!(directory.authenticate(token.digest().as_bytes(), noon()), Err(Denied::Unknown));
}

#[test]
fn a_token_lets_nobody_in_from_its_end_on() {
    let token = TokenText::generate().unwrap();
    let directory = Directory::new();
    directory.replace(&listing(1, vec![Grant { expires_at: Some(noon()), ..grant("a", &token) }]));
    let ask = |now| directory.authenticate(token.expose().as_bytes(), now);
    assert!(ask(noon() - TimeDelta::milliseconds(1)).is_ok());
    let expired = Denied::Expired { name: "a's".into(), at: noon() };
    assert_eq!(ask(noon()).unwrap_err(), expired);
    assert_eq!(ask(noon() + TimeDelta::days(1)).unwrap_err(), expired);
}

#[test]
fn an_older_listing_never_takes_the_place_of_a_newer_one() {
    let (one, two) = (TokenText::generate().unwrap(), TokenText::generate().unwrap());
    let directory = Directory::new();
    // Version 0 is a listing like every other one.
    assert_eq!(directory.replace(&listing(0, vec![grant("a", &one)])), Replaced::Yes);
    assert_eq!(directory.replace(&listing(5, vec![grant("b", &two)])), Replaced::Yes);
    assert_eq!(directory.replace(&listing(4, vec![grant("a", &one)])), Replaced::Older { held: 5 });
    assert_eq!(directory.replace(&listing(5, vec![grant("a", &one)])), Replaced::Same);
    assert!(directory.authenticate(one.expose().as_bytes(), noon()).is_err());
    assert!(directory.authenticate(two.expose().as_bytes(), noon()).is_ok());
    assert_eq!(directory.version(), Some(5));
}

#[test]
fn a_request_that_was_let_in_keeps_its_grant_when_the_token_is_revoked() {
    let token = TokenText::generate().unwrap();
    let directory = Directory::new();
    directory.replace(&listing(1, vec![grant("a", &token)]));
    let held = directory.authenticate(token.expose().as_bytes(), noon()).unwrap();
    directory.replace(&listing(2, Vec::new()));
    assert!(directory.is_empty() && directory.authenticate(token.expose().as_bytes(), noon()).is_err());
    assert_eq!(&*held.profile, "alice");
}

#[test]
fn its_age_counts_from_the_latest_confirmation_of_what_is_in_use() {
    let directory = Directory::new();
    let later = |minutes| noon() + TimeDelta::minutes(minutes);
    assert_eq!(directory.age(noon()), None);
    directory.confirm(0, noon());
    assert_eq!(directory.age(noon()), None, "nothing is in use");
    directory.replace(&listing(3, Vec::new()));
    assert_eq!(directory.age(later(5)), Some(TimeDelta::minutes(5)));
    directory.confirm(2, later(4));
    assert_eq!(directory.age(later(5)), Some(TimeDelta::minutes(5)), "another version was confirmed");
    directory.confirm(3, later(4));
    directory.confirm(3, later(2));
    assert_eq!(directory.age(later(5)), Some(TimeDelta::minutes(1)));
    assert_eq!(directory.age(noon()), Some(TimeDelta::zero()), "the gateway's clock is ahead");
}

#[test]
fn nothing_that_is_printed_holds_a_token_or_its_digest() {
    let token = TokenText::generate().unwrap();
    let (grant, directory) = (grant("a", &token), Directory::new());
    directory.replace(&listing(1, vec![grant.clone()]));
    let printed = format!("{token:?} {grant:?} {directory:?} {:?}", directory.listing());
    assert!(!printed.contains(&token.expose()[3..11]), "{printed}");
    assert!(!printed.contains(&token.digest().to_string()[..16]), "{printed}");
}
