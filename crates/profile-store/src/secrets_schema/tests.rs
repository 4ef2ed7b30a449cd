//! Schemas that are refused, and values that do not fit.

use std::collections::BTreeMap;

use super::{SecretsSchema, Source};

const SCHEMA: &str = r#"{"type":"object","required":["BOT","TOKEN"],"properties":{
    "BOT":{"type":"string","x-source":"from_pool","x-pool":"bots","pattern":"^[0-9]{8,10}:[A-Za-z0-9_-]{35}$"},
    "TOKEN":{"type":"string","x-source":"generated","x-scopes":["read"],"minLength":8},
    "MODE":{"type":"string","x-source":"user","enum":["a","b"]},
    "URL":{"type":"string","const":"http://x"}}}"#;

fn problems(values: &[(&str, &str)]) -> Vec<String> {
    let values: BTreeMap<_, _> = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    SecretsSchema::parse(SCHEMA.as_bytes()).unwrap().check(&values).iter().map(ToString::to_string).collect()
}

#[test]
fn values_that_fit_have_no_problem() {
    let bot = format!("12345678:{}", "a".repeat(35));
    assert_eq!(problems(&[("BOT", &bot), ("TOKEN", "tw-12345"), ("MODE", "b"), ("OWN", "x")]), [""; 0]);
}

#[test]
fn every_problem_is_named_without_its_value() {
    let found = problems(&[("BOT", "hunter2"), ("MODE", "hunter2"), ("URL", "hunter2")]);
    assert_eq!(
        found,
        [
            "BOT does not have the form of such a value",
            "TOKEN is missing",
            "MODE is none of the choices",
            "URL is not the value that the schema sets"
        ]
    );
    assert_eq!(problems(&[("BOT", ""), ("TOKEN", "x\nAPI_KEY=y")])[1], "TOKEN has a control character or a line break");
}

#[test]
fn settings_and_sources_are_told_apart() {
    let schema = SecretsSchema::parse(SCHEMA.as_bytes()).unwrap();
    assert_eq!(schema.settings().collect::<Vec<_>>(), [("URL", "http://x")]);
    assert_eq!(schema.entries()[0].source, Source::FromPool("bots".to_owned()));
    assert_eq!(schema.entries()[1].source, Source::Generated(vec!["read".to_owned()]));
}

#[test]
fn a_schema_that_says_something_unknown_is_refused() {
    for (from, to, said) in [
        ("\"x-pool\":\"bots\",", "", "`x-pool` is missing"),
        ("\"x-scopes\":[\"read\"],", "", "needs `x-scopes`"),
        ("\"user\"", "\"magic\"", "`x-source` is none of"),
        ("[\"BOT\",\"TOKEN\"]", "[\"OTHER\"]", "`required` names a variable"),
        ("\"MODE\"", "\"mode\"", "no name of an environment variable"),
        ("\"minLength\":8", "\"minLenght\":8", "the member `minLenght` is none of"),
        ("^[0-9]{8", "^[0-9{8", "no regular expression"),
        ("\"BOT\":{", "\"BOT\":{\"type\":\"string\",", "given twice"),
    ] {
        assert!(SCHEMA.contains(from));
        let error = SecretsSchema::parse(SCHEMA.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn what_only_another_channel_needs_does_not_count() {
    let schema = |channel: &str| {
        let text = format!(
            r#"{{"type":"object","x-channel":"{channel}","required":["BOT","TOKEN"],"properties":{{
            "BOT":{{"type":"string","x-source":"from_pool","x-pool":"bots","x-channel":"telegram"}},
            "TOKEN":{{"type":"string","x-source":"generated","x-scopes":["read"]}}}}}}"#
        );
        let schema = SecretsSchema::parse(text.as_bytes()).unwrap();
        schema.entries().iter().map(|entry| entry.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(schema("telegram"), ["BOT", "TOKEN"]);
    assert_eq!(schema("weixin"), ["TOKEN"]);
    let unnamed = r#"{"type":"object","properties":{"A":{"type":"string","x-source":"user","x-channel":"telegram"}}}"#;
    let error = SecretsSchema::parse(unnamed.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, "A: `x-channel`, and the schema names no channel of its own");
}
