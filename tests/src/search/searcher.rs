//! Somebody who searches.

use std::collections::BTreeSet;

use reqwest::{Client, header::HeaderMap};
use serde_json::Value;

/// A caller of `/search`, by token, by address, or named by a proxy. Clones are the same caller on the same connections.
#[derive(Clone)]
pub struct Searcher {
    client: Client,
    url: String,
    headers: Vec<(&'static str, String)>,
}

/// What came of a search.
#[derive(Debug)]
pub struct Sought {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is no JSON.
    pub body: Value,
}

impl Searcher {
    /// Somebody without a token, at the address of these tests.
    pub fn new(client: Client, url: &str) -> Self {
        Self { client, url: url.to_owned(), headers: Vec::new() }
    }

    /// With a token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// Behind a proxy that saw this address.
    #[must_use]
    pub fn from(self, address: &str) -> Self {
        self.with("x-forwarded-for", address.to_owned())
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
        self
    }

    /// The same caller at another address: a daemon that was started again.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Searches for a text.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn search(&self, q: &str) -> Sought {
        self.search_with(&[("q", q)]).await
    }

    /// Searches with these parameters.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn search_with(&self, parameters: &[(&str, &str)]) -> Sought {
        let mut request =
            self.client.get(format!("{}/search", self.url)).query(parameters).query(&[("format", "json")]);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("search: {error:?}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap_or_else(|error| panic!("search: {error:?}"));
        Sought { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }
}

impl Sought {
    /// The text of a header; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// `fresh`, `hit`, `coalesced` or `stale`.
    pub fn origin(&self) -> &str {
        self.header("x-twilight-cache")
    }

    /// The kind of a refusal.
    pub fn kind(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
    }

    /// The results.
    pub fn results(&self) -> &[Value] {
        self.body["results"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The addresses of the results, in their order.
    pub fn urls(&self) -> Vec<&str> {
        self.results().iter().filter_map(|result| result["url"].as_str()).collect()
    }

    /// The addresses without their schemes: to SearXNG http and https are one place.
    pub fn places(&self) -> BTreeSet<String> {
        self.urls().into_iter().map(place).collect()
    }

    /// The engines that have a part in the results.
    pub fn engines(&self) -> BTreeSet<&str> {
        let lists = self.results().iter().filter_map(|result| result["engines"].as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }
}

/// An address without its scheme.
pub(super) fn place(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, place)| place).to_owned()
}
