//! What is asked: SearXNG's parameters, checked.

mod bad_query;
mod canonical;
mod list;
mod script;
mod time_range;

use std::{borrow::Cow, fmt};

pub use bad_query::BadQuery;
use canonical::canonical;
use list::list;
pub use time_range::TimeRange;

/// Longest query, bytes.
const QUERY_BYTES: usize = 4096;
/// Longest language code; SearXNG's are up to six letters.
const LANGUAGE_BYTES: usize = 16;
/// No engine has as many pages.
const PAGENO_MAX: u32 = 1000;

/// A search, checked.
///
/// Two are the same, so that one cached answer serves both, where they differ only in white space (at the ends, or in kind
/// and amount between words), in control characters, in the order or repetition of `engines` or `categories`, or in naming
/// `pageno=1` or `categories=general`, which is what SearXNG does without. Everything else counts: letter case, full and
/// half width, and how letters are composed (text is not normalized: what was typed is what is searched for).
#[derive(Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// As it was given: this is what the answer's `query` says.
    text: String,
    q: String,
    language: Option<String>,
    categories: Vec<String>,
    engines: Vec<String>,
    pageno: u32,
    time_range: Option<TimeRange>,
    safesearch: Option<u8>,
}

impl SearchQuery {
    /// A search for this text, with no further wish.
    ///
    /// # Errors
    /// [`BadQuery`] where it is empty or too long.
    pub fn new(q: &str) -> Result<Self, BadQuery> {
        Self::parse([(Cow::Borrowed("q"), Cow::Borrowed(q))].into_iter())
    }

    /// Reads the parameters of a URL or a form: `q`, `language`, `categories`, `engines`, `pageno`, `time_range`,
    /// `safesearch`, `format` (`json`, or absent). As SearXNG does it, the first one of a name counts, unknown names are
    /// ignored, and an empty value is as good as none.
    ///
    /// # Errors
    /// [`BadQuery`], by the field. A language code, engine or category that only SearXNG can judge is passed on to it.
    pub fn parse<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Result<Self, BadQuery> {
        let mut given = Given::default();
        pairs.for_each(|(name, value)| given.take(&name, value));
        let Given { q, language, categories, engines, pageno, time_range, safesearch, format } = given;
        if format.is_some_and(|format| format != "json") {
            return Err(BadQuery::new("format", "only JSON is spoken here", &["json"]));
        }
        let text = q.unwrap_or_default();
        if text.len() > QUERY_BYTES {
            return Err(BadQuery::new("q", "longer than 4096 bytes", &[]));
        }
        let q = canonical(&text);
        if q.is_empty() {
            return Err(BadQuery::new("q", "there is nothing to search for", &[]));
        }
        Ok(Self {
            text: text.into_owned(),
            q,
            language: language.map(language_code).transpose()?,
            categories: list("categories", categories.as_deref())?,
            engines: list("engines", engines.as_deref())?,
            pageno: pageno.as_deref().map_or(Ok(1), page)?,
            time_range: time_range.as_deref().map(TimeRange::parse).transpose()?,
            safesearch: safesearch.as_deref().map(level).transpose()?,
        })
    }

    /// What is searched for: trimmed, every run of white space one blank.
    pub fn q(&self) -> &str {
        &self.q
    }

    /// The query as the caller gave it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The language code.
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// The categories, sorted; none stands for `general`.
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// The engines that the caller names, sorted.
    pub fn engines(&self) -> &[String] {
        &self.engines
    }

    /// The page, from 1.
    pub fn pageno(&self) -> u32 {
        self.pageno
    }

    /// How old results may be.
    pub fn time_range(&self) -> Option<TimeRange> {
        self.time_range
    }

    /// 0 none, 1 moderate, 2 strict.
    pub fn safesearch(&self) -> Option<u8> {
        self.safesearch
    }

    /// Whether Chinese engines are the ones to ask: a Chinese `language`; or none (or `all`, `auto`) and Chinese characters
    /// without kana or hangul.
    pub fn is_chinese(&self) -> bool {
        match self.language() {
            None | Some("all" | "auto") => script::is_chinese(&self.q),
            Some(code) => code == "zh" || code.starts_with("zh-") || code.starts_with("zh_"),
        }
    }

    /// Whether the caller chose where to search, by `engines`, by a category other than `general`, or by one of SearXNG's
    /// bangs in the query (`!baidu …`).
    pub fn names_engines(&self) -> bool {
        let has_bang = || self.q.split(' ').any(|word| word.len() > 1 && word.starts_with('!'));
        !self.engines.is_empty() || !self.categories.is_empty() || has_bang()
    }

    /// One text for all ways to ask the same.
    pub(crate) fn canonical(&self) -> String {
        // No parameter has a line break: the query's are blanks, and names have no control characters.
        let pairs = self.pairs().into_iter().filter(|(name, _)| *name != "format");
        pairs.fold(String::new(), |text, (name, value)| text + name + "=" + &value + "\n")
    }

    /// The parameters, as this or another front or SearXNG takes them; `format` among them.
    pub fn pairs(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let mut pairs = vec![("q", Cow::Borrowed(self.q.as_str())), ("format", "json".into())];
        pairs.extend(self.language.as_deref().map(|language| ("language", language.into())));
        let mut lists = |name, names: &[String]| {
            if !names.is_empty() {
                pairs.push((name, names.join(",").into()));
            }
        };
        lists("categories", &self.categories);
        lists("engines", &self.engines);
        if self.pageno != 1 {
            pairs.push(("pageno", self.pageno.to_string().into()));
        }
        pairs.extend(self.time_range.map(|range| ("time_range", range.name().into())));
        pairs.extend(self.safesearch.map(|level| ("safesearch", level.to_string().into())));
        pairs
    }
}

impl fmt::Debug for SearchQuery {
    /// Without what is searched for.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SearchQuery")
            .field("bytes", &self.q.len())
            .field("language", &self.language)
            .field("categories", &self.categories)
            .field("engines", &self.engines)
            .field("pageno", &self.pageno)
            .field("time_range", &self.time_range)
            .field("safesearch", &self.safesearch)
            .finish()
    }
}

/// The first value of each name.
#[derive(Default)]
struct Given<'a> {
    q: Option<Cow<'a, str>>,
    language: Option<Cow<'a, str>>,
    categories: Option<Cow<'a, str>>,
    engines: Option<Cow<'a, str>>,
    pageno: Option<Cow<'a, str>>,
    time_range: Option<Cow<'a, str>>,
    safesearch: Option<Cow<'a, str>>,
    format: Option<Cow<'a, str>>,
}

impl<'a> Given<'a> {
    fn take(&mut self, name: &str, value: Cow<'a, str>) {
        let place = match name {
            "q" => &mut self.q,
            "language" => &mut self.language,
            "categories" => &mut self.categories,
            "engines" => &mut self.engines,
            "pageno" => &mut self.pageno,
            "time_range" => &mut self.time_range,
            "safesearch" => &mut self.safesearch,
            "format" => &mut self.format,
            _ => return,
        };
        if place.is_none() && !value.is_empty() {
            *place = Some(value);
        }
    }
}

fn language_code(code: Cow<'_, str>) -> Result<String, BadQuery> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if code.len() > LANGUAGE_BYTES || !code.bytes().all(is_plain) {
        return Err(BadQuery::new("language", "no language code", &["all", "auto", "zh-CN", "en", "…"]));
    }
    Ok(code.into_owned())
}

fn page(number: &str) -> Result<u32, BadQuery> {
    let page = number.parse().ok().filter(|page| (1..=PAGENO_MAX).contains(page));
    page.ok_or_else(|| BadQuery::new("pageno", "a number from 1 to 1000 is wanted", &[]))
}

fn level(text: &str) -> Result<u8, BadQuery> {
    let level = text.parse().ok().filter(|level| *level <= 2);
    level.ok_or_else(|| BadQuery::new("safesearch", "0, 1 or 2 is wanted", &["0", "1", "2"]))
}

#[cfg(test)]
mod tests;
