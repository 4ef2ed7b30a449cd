//! What several engines find is one result.

use serde_json::{Value, json};

use super::{engine::SearxngEngine, page::SearxngPage};

/// A result, of one engine or several.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    page: SearxngPage,
    /// The one that found it first.
    engine: &'static SearxngEngine,
    engines: Vec<&'static str>,
    /// Its place with each engine, from 1.
    positions: Vec<usize>,
}

/// Pages are the same where everything of their address but the scheme is. The longer title and the longer text stay, and
/// the address with TLS. Sorted by score, which is the sum of weight / place, the weight being the number of places.
pub(super) fn merged(found: Vec<(&'static SearxngEngine, Vec<SearxngPage>)>) -> Vec<Merged> {
    let mut results: Vec<Merged> = Vec::new();
    for (engine, pages) in found {
        for (index, page) in pages.into_iter().enumerate() {
            let same = results.iter_mut().find(|other| without_scheme(&other.page.url) == without_scheme(&page.url));
            match same {
                Some(other) => other.add(engine, page, index + 1),
                None => {
                    results.push(Merged { page, engine, engines: vec![engine.name], positions: vec![index + 1] });
                }
            }
        }
    }
    results.sort_by(|a, b| b.score().total_cmp(&a.score()));
    results
}

impl Merged {
    fn add(&mut self, engine: &'static SearxngEngine, page: SearxngPage, position: usize) {
        if page.content.len() > self.page.content.len() {
            self.page.content = page.content;
        }
        if page.title.len() > self.page.title.len() {
            self.page.title = page.title;
        }
        if page.url.starts_with("https:") {
            self.page.url = page.url;
        }
        self.page.published = self.page.published.take().or(page.published);
        self.engines.push(engine.name);
        self.positions.push(position);
    }

    fn score(&self) -> f64 {
        let weight = self.positions.len() as f64;
        self.positions.iter().map(|position| weight / *position as f64).sum()
    }

    /// As the answer has it.
    pub(super) fn to_json(&self) -> Value {
        let Self { page, engine, engines, positions } = self;
        let (scheme, rest) = page.url.split_once("://").unwrap_or_default();
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        json!({
            "url": page.url,
            "engine": engine.name,
            "parsed_url": [scheme, host, format!("/{path}"), "", "", ""],
            "template": "default.html",
            "title": page.title,
            "content": page.content,
            "img_src": "",
            "iframe_src": "",
            "audio_src": "",
            "thumbnail": "",
            "publishedDate": page.published,
            "pubdate": "",
            "length": null,
            "views": "",
            "author": "",
            "metadata": "",
            "priority": "",
            "engines": engines,
            "open_group": false,
            "close_group": false,
            "positions": positions,
            "score": self.score(),
            "category": engine.categories[0],
        })
    }
}

fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}
