//! Every page that links lead to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Operator;

/// Of pages that differ only in what they are about, so many are visited.
const OF_A_KIND: usize = if cfg!(feature = "soak") { 3 } else { 1 };
/// So many ways to filter, sort or turn a page are visited of each, every one with parameters of its own.
const WAYS: usize = if cfg!(feature = "soak") { 4 } else { 2 };

/// The paths of the daemon's pages, found by following links from its first one. Of each kind of page the first ones.
/// Nothing is changed by it: links only lead somewhere.
pub async fn crawl(operator: Operator<'_>) -> Vec<String> {
    operator.visit("/console").await;
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut kinds = Kinds::default();
    let mut waiting: VecDeque<String> = VecDeque::from([operator.browser.path().await]);
    let mut pages = Vec::new();
    while let Some(path) = waiting.pop_front() {
        if !kinds.is_new(&path) {
            continue;
        }
        operator.visit(&path).await;
        for link in operator.browser.attributes("a[href]", "href").await {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            let link = if link.starts_with('?') { format!("{}{link}", before_query(&path)) } else { link };
            if link.starts_with("/console") && link != "/console" && known.insert(link.clone()) {
                waiting.push_back(link);
            }
        }
        pages.push(path);
    }
    pages
}

/// What kinds of pages have been seen: a path without the names and numbers in it, and the names of its parameters.
#[derive(Default)]
struct Kinds {
    plain: BTreeMap<String, usize>,
    ways: BTreeMap<String, BTreeSet<String>>,
}

impl Kinds {
    fn is_new(&mut self, path: &str) -> bool {
        // `/console/findings/<id>/rows` is one kind, `/console/findings` another.
        let segments = before_query(path).split('/').enumerate();
        let kind: Vec<&str> = segments.map(|(at, segment)| if at <= 2 { segment } else { "*" }).collect();
        let kind = kind.join("/");
        let Some((_, query)) = path.split_once('?') else {
            let count = self.plain.entry(kind).or_default();
            *count += 1;
            return *count <= OF_A_KIND;
        };
        let names: BTreeSet<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
        let ways = self.ways.entry(kind).or_default();
        ways.len() < WAYS && ways.insert(names.into_iter().collect::<Vec<_>>().join("&"))
    }
}

fn before_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
