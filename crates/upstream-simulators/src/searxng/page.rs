//! The web, as far as engines know it.

use super::engine::SearxngEngine;

/// A page as an engine shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearxngPage {
    /// Its address. Some engines know it without TLS.
    pub url: String,
    /// Its title.
    pub title: String,
    /// What an engine quotes of it; each one another length.
    pub content: String,
    /// When it came out, if the engine says so.
    pub published: Option<String>,
}

/// So many pages there are for a query, and for each further page of results.
const PAGES: u64 = 14;
/// So many an engine shows at a time.
const SHOWN: usize = 10;
const HOSTS: [&str; 7] = [
    "finance.example.cn",
    "news.example.com",
    "wiki.example.org",
    "guba.example.cn",
    "www.example.net",
    "data.example.com.cn",
    "blog.example.io",
];

/// What an engine finds, the best first. The first page of the web is found by every engine.
pub(super) fn found_by(engine: &SearxngEngine, q: &str, pageno: u32, range: Option<&str>) -> Vec<SearxngPage> {
    let is_chinese = q.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    let share = if engine.chinese == is_chinese { 75 } else { 35 };
    let subject = mix(&[q, range.unwrap_or_default()], u64::from(pageno));
    let mut ranked: Vec<(u64, u64)> = (0..PAGES)
        .filter(|number| *number == 0 || mix(&[engine.name, "knows"], subject ^ number) % 100 < share)
        .map(|number| (mix(&[engine.name, "ranks"], subject ^ number) % 1_000, number))
        .collect();
    ranked.sort_unstable();
    ranked.truncate(SHOWN);
    if !ranked.iter().any(|(_, number)| *number == 0) {
        ranked.pop();
        ranked.push((0, 0));
    }
    ranked.into_iter().map(|(_, number)| page(engine, q, subject, number, is_chinese)).collect()
}

fn page(engine: &SearxngEngine, q: &str, subject: u64, number: u64, is_chinese: bool) -> SearxngPage {
    let name = mix(&["page"], subject ^ number);
    let host = HOSTS[usize::try_from(name % HOSTS.len() as u64).unwrap_or_default()];
    let view = mix(&[engine.name, "view"], name);
    let scheme = if view.is_multiple_of(5) { "http" } else { "https" };
    let (title, sentence) = if is_chinese {
        (format!("{q}_第{number}篇_{host}"), format!("关于“{q}”的公告与分析,编号 {name:x}。"))
    } else {
        (format!("{q}: part {number} - {host}"), format!("What is known about \"{q}\", filed under {name:x}. "))
    };
    let day = 1 + name % 28;
    SearxngPage {
        url: format!("{scheme}://{host}/{name:016x}"),
        title,
        content: sentence.repeat(1 + usize::try_from(view % 4).unwrap_or_default()),
        published: (engine.time_range && name.is_multiple_of(2)).then(|| format!("2026-11-{day:02}T00:00:00")),
    }
}

/// A number that depends on nothing but these.
fn mix(texts: &[&str], seed: u64) -> u64 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    let folded =
        bytes.fold(seed ^ 0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (folded ^ (folded >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 32)
}
