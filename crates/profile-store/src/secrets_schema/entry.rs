//! One variable of a profile's `.env`.

use regex::Regex;

use super::SchemaError;
use crate::yaml::{Map, Node};

/// Longer than any token.
const VALUE_BYTES_MAX: usize = 8_192;
const MEMBERS: &[&str] = &[
    "type",
    "description",
    "pattern",
    "minLength",
    "maxLength",
    "enum",
    "const",
    "x-source",
    "x-pool",
    "x-scopes",
    "x-channel",
];

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `generated`: a token of ours with these scopes, registered with the gateway.
    Generated(Vec<String>),
    /// `from_pool`: reserved from a pool of ready ones, by its name.
    FromPool(String),
    /// `managed_bot`: a bot that its user creates with one tap.
    ManagedBot,
    /// `user`: the user enters it.
    User,
    /// `const`: no secret, and the same wherever the profile runs.
    Setting(String),
}

/// One variable of a profile's `.env`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// For whoever has to enter it.
    pub description: String,
    /// Where it comes from.
    pub source: Source,
    /// Whether the profile cannot run without it.
    pub required: bool,
    pattern: Option<Regex>,
    choices: Option<Vec<String>>,
    length: (usize, usize),
}

impl Entry {
    pub(super) fn read(name: &str, entry: &Map, required: bool) -> Result<Self, SchemaError> {
        let failed = |problem: &str| SchemaError(format!("{name}: {problem}"));
        if let Some((key, _)) = entry.iter().find(|(key, _)| !MEMBERS.iter().any(|member| key.is_text(member))) {
            return Err(failed(&format!("the member `{}` is none of {}", key.display(), MEMBERS.join(", "))));
        }
        if entry.get("type").and_then(Node::as_text) != Some("string") {
            return Err(failed("`type` has to be \"string\""));
        }
        let text = |member| entry.get(member).and_then(Node::as_text);
        let pattern = text("pattern")
            .map(|pattern| Regex::new(pattern).map_err(|_| failed("`pattern` is no regular expression")));
        let length = |member, default| match entry.get(member) {
            None => Ok(default),
            Some(node) => {
                node.as_int().and_then(|int| usize::try_from(int).ok()).ok_or_else(|| failed("a length is no number"))
            }
        };
        Ok(Self {
            name: name.to_owned(),
            description: text("description").unwrap_or_default().to_owned(),
            source: source(entry).map_err(|problem| failed(&problem))?,
            required,
            pattern: pattern.transpose()?,
            choices: entry
                .get("enum")
                .map(|list| texts(list).ok_or_else(|| failed("`enum` is no list of texts")))
                .transpose()?,
            length: (length("minLength", 1)?, length("maxLength", VALUE_BYTES_MAX)?),
        })
    }

    /// What is wrong with a value, without the value.
    pub fn problem_of(&self, value: &str) -> Option<&'static str> {
        if value.chars().any(char::is_control) {
            return Some("has a control character or a line break");
        }
        if matches!(&self.source, Source::Setting(setting) if setting != value) {
            return Some("is not the value that the schema sets");
        }
        if value.len() < self.length.0 || value.len() > self.length.1 {
            return Some("has the wrong length");
        }
        if self.choices.as_ref().is_some_and(|choices| !choices.iter().any(|choice| choice == value)) {
            return Some("is none of the choices");
        }
        let misfit = self.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(value));
        misfit.then_some("does not have the form of such a value")
    }
}

fn source(entry: &Map) -> Result<Source, String> {
    let text = |member| entry.get(member).and_then(Node::as_text);
    match (text("x-source"), text("const")) {
        (None | Some("setting"), Some(value)) => Ok(Source::Setting(value.to_owned())),
        (_, Some(_)) => Err("`const` is for settings, which are no secrets".to_owned()),
        (Some("generated"), None) => {
            let scopes = entry.get("x-scopes").and_then(texts).filter(|scopes| !scopes.is_empty());
            scopes.map(Source::Generated).ok_or_else(|| "a generated token needs `x-scopes`".to_owned())
        }
        (Some("from_pool"), None) => {
            text("x-pool").map(|pool| Source::FromPool(pool.to_owned())).ok_or_else(|| "`x-pool` is missing".to_owned())
        }
        (Some("managed_bot"), None) => Ok(Source::ManagedBot),
        (Some("user"), None) => Ok(Source::User),
        _ => Err("`x-source` is none of generated, from_pool, managed_bot, user, setting".to_owned()),
    }
}

fn texts(list: &Node) -> Option<Vec<String>> {
    list.as_list()?.iter().map(|item| item.as_text().map(str::to_owned)).collect()
}
