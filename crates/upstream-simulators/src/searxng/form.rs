//! The parameters of a search, read as SearXNG reads them.

use std::collections::BTreeMap;

use super::engine::SearxngEngine;

/// A search's parameters.
#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) q: String,
    pub(super) categories: Vec<String>,
    /// As they are named, unknown ones included.
    pub(super) engines: Vec<String>,
    pub(super) language: Option<String>,
    pub(super) pageno: u32,
    pub(super) time_range: Option<String>,
    pub(super) safesearch: Option<String>,
    /// The engine of a bang (`!bd …`) in the query.
    pub(super) bang: Option<&'static SearxngEngine>,
    /// The query begins with `!!`: the caller wants to be sent to that place.
    pub(super) external_bang: bool,
    /// Milliseconds.
    pub(super) timeout_limit: Option<u64>,
}

impl Form {
    /// The error's text where SearXNG does not take it.
    pub(super) fn read(fields: &BTreeMap<String, String>) -> Result<Self, String> {
        let field = |name: &str| fields.get(name).map(String::as_str);
        let invalid = |name: &str, value: &str| {
            let value = if value.is_empty() { None } else { Some(value) };
            value.map_or_else(
                || format!("Empty {name} parameter"),
                |value| format!("Invalid value {value} for parameter {name}"),
            )
        };
        let q = field("q").filter(|q| !q.is_empty()).ok_or("No query")?.to_owned();
        let pageno = field("pageno").unwrap_or("1");
        let pageno = pageno.parse().ok().filter(|number| *number >= 1).ok_or_else(|| invalid("pageno", pageno))?;
        let safesearch = field("safesearch");
        if let Some(level) = safesearch.filter(|level| !["0", "1", "2"].contains(level)) {
            return Err(invalid("safesearch", level));
        }
        let time_range = field("time_range").filter(|range| !["", "None"].contains(range));
        if let Some(range) = time_range.filter(|range| !["day", "week", "month", "year"].contains(range)) {
            return Err(invalid("time_range", range));
        }
        let timeout_limit = field("timeout_limit").filter(|limit| !["", "None"].contains(limit));
        let timeout_limit = timeout_limit.map(|limit| limit.parse().map_err(|_| invalid("timeout_limit", limit)));
        let timeout_limit: Option<f64> = timeout_limit.transpose()?;
        let language = field("language");
        if let Some(code) = language.filter(|code| *code != "auto" && !is_language(code)) {
            return Err(invalid("language", code));
        }
        let list = |name| field(name).unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
        let bang = |word: &str| {
            let name = word.strip_prefix('!')?.replace('_', " ");
            SearxngEngine::named(&name).or_else(|| named_by_shortcut(&name))
        };
        let external_bang = q.split_whitespace().any(|word| word.len() > 2 && word.starts_with("!!"));
        let bang = q.split_whitespace().find_map(bang);
        Ok(Self {
            categories: list("categories").map(str::to_owned).collect(),
            engines: list("engines").map(str::to_owned).collect(),
            language: language.map(str::to_owned),
            pageno,
            time_range: time_range.map(str::to_owned),
            safesearch: safesearch.map(str::to_owned),
            bang,
            external_bang,
            timeout_limit: timeout_limit.map(|seconds| (seconds * 1_000.0) as u64),
            q,
        })
    }

    /// The query without its bangs: what the answer says was searched for.
    pub(super) fn query(&self) -> String {
        let is_bang = |word: &&str| word.starts_with('!') && (self.bang.is_some() || self.external_bang);
        let words: Vec<_> = self.q.split_whitespace().filter(|word| !is_bang(word)).collect();
        words.join(" ")
    }

    /// The engines of the search. Names that SearXNG does not know are nothing to it: where none is left it asks those of
    /// the categories, and of `general` where no category is known either.
    pub(super) fn chosen(&self, enabled: &[&'static str]) -> Vec<&'static SearxngEngine> {
        if let Some(engine) = self.bang {
            return vec![engine];
        }
        let mut chosen: Vec<_> = self.engines.iter().filter_map(|name| SearxngEngine::named(name)).collect();
        let known = |category: &&String| SearxngEngine::ALL.iter().any(|e| e.categories.contains(&category.as_str()));
        let mut categories: Vec<_> = self.categories.iter().filter(known).map(String::as_str).collect();
        if chosen.is_empty() && categories.is_empty() {
            categories.push("general");
        }
        for engine in enabled.iter().filter_map(|name| SearxngEngine::named(name)) {
            let wanted = engine.categories.iter().any(|category| categories.contains(category));
            if wanted && !chosen.iter().any(|other| other.name == engine.name) {
                chosen.push(engine);
            }
        }
        chosen.retain(|engine| (self.pageno == 1 || engine.paging) && (self.time_range.is_none() || engine.time_range));
        chosen
    }
}

fn named_by_shortcut(shortcut: &str) -> Option<&'static SearxngEngine> {
    let found = SearxngEngine::ALL.iter().find(|engine| engine.shortcut == shortcut)?;
    SearxngEngine::named(found.name)
}

/// Two or three small letters, and perhaps a dash and two letters: `all`, `zh`, `zh-CN`.
fn is_language(code: &str) -> bool {
    let (language, region) = code.split_once('-').map_or((code, None), |(language, region)| (language, Some(region)));
    let is_small = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_region = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    (2..=3).contains(&language.len()) && is_small(language) && region.is_none_or(is_region)
}
