//! From the parser's errors to ours: which key, which line, what is allowed, and no value that may be a secret.

use super::{
    error::ConfigError,
    locate::{Keys, line_of},
};

/// The document is no TOML.
pub(super) fn syntax(origin: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let line = line_of(text, error.span().map_or(0, |span| span.start));
    ConfigError::Syntax { origin: origin.to_owned(), line, message: error.message().to_owned() }
}

/// The document is TOML, but not what the sections take.
pub(super) fn rejected(origin: &str, text: &str, keys: &Keys, error: &toml::de::Error) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    let key = keys.at(offset).unwrap_or("(top level)").to_owned();
    let (origin, line) = (origin.to_owned(), line_of(text, offset));
    if let Some((unknown, allowed)) = unknown_field(error.message()) {
        let nearest = nearest(&unknown, &allowed);
        return ConfigError::UnknownKey { origin, line, key, nearest, allowed };
    }
    let (problem, allowed) = wrong_type(error.message());
    ConfigError::BadValue { origin, line: Some(line), key, problem, allowed }
}

/// The candidate that `word` was most likely meant to be, if any is near.
pub(super) fn nearest(word: &str, candidates: &[String]) -> Option<String> {
    const LIKENESS_MIN: f64 = 0.75;
    let likeness = |candidate: &String| strsim::jaro_winkler(&word.replace('-', "_"), &candidate.replace('-', "_"));
    let near = candidates.iter().map(|candidate| (likeness(candidate), candidate));
    let best = near.filter(|(likeness, _)| *likeness >= LIKENESS_MIN).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, candidate)| candidate.clone())
}

/// Takes serde's "unknown field `a`, expected one of `b`, `c`" apart: its text is the only place that has the list.
fn unknown_field(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut quoted = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    Some((quoted.next()?, quoted.collect()))
}

/// Says what was expected instead of serde's "invalid type: string "…", expected u32", which shows the value.
fn wrong_type(message: &str) -> (String, String) {
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|message| message.rsplit_once(", expected "))
    else {
        return (message.to_owned(), "see twilight.example.toml".to_owned());
    };
    let found = ["floating point", "integer", "string", "boolean", "map", "sequence"]
        .into_iter()
        .find(|kind| found.starts_with(kind))
        .unwrap_or("value");
    (format!("this {found} cannot stand here"), friendly(expected))
}

fn friendly(expected: &str) -> String {
    match expected {
        "u16" => format!("a whole number from 0 to {}", u16::MAX),
        "u32" | "usize" => format!("a whole number from 0 to {}", u32::MAX),
        "u64" => "a whole number, 0 or more".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "path string" => "a path as a string".to_owned(),
        other if other.starts_with("struct ") || other == "a map" => "a table".to_owned(),
        other => other.to_owned(),
    }
}
