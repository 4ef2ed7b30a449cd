//! A message as lines of text, cut to what a target takes.

use crate::alerts::message::{Message, Status};

/// Letters of an example that are shown.
const EXAMPLE_MAX: usize = 240;

/// A message as lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    /// What it is about. Always shown.
    pub(super) head: Vec<String>,
    /// Examples; the last ones are left out where there is no room.
    pub(super) examples: Vec<String>,
    /// Where to look. Always shown.
    pub(super) tail: String,
}

impl Lines {
    /// The lines of `message`, without any markup.
    pub(super) fn of(message: &Message) -> Self {
        let mut head = vec![plain(&message.message)];
        if message.status == Status::Firing
            && let Some(rule) = quality_rules::rule(&message.check)
        {
            head.push(rule.title.to_owned());
        }
        let examples = message.examples.iter().map(|example| {
            let date = example.trade_date.map(|date| date.to_string());
            let place: Vec<&str> = [example.code.as_deref(), date.as_deref()].into_iter().flatten().collect();
            let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(" ")) };
            format!("{place}{}", clip(&plain(&example.message)))
        });
        let generation = message.generation.map(|number| format!("generation {number}, ")).unwrap_or_default();
        let mut tail = format!("{generation}{}", message.hint);
        if !message.runbook.is_empty() {
            tail = format!("{tail}; what to do: {}", message.runbook);
        }
        Self { head, examples: examples.collect(), tail }
    }

    /// The lines in one text that `measure`s at most `max`. Examples are prefixed by `bullet`.
    pub(super) fn fit(&self, bullet: &str, max: usize, measure: impl Fn(&str) -> usize) -> String {
        let text = |shown: usize| {
            let examples = self.examples[..shown].iter().map(|example| format!("{bullet}{example}"));
            let lines = self.head.iter().cloned().chain(examples).chain([self.tail.clone()]);
            lines.collect::<Vec<_>>().join("\n")
        };
        let whole = (0..=self.examples.len()).rev().map(text).find(|text| measure(text) <= max);
        whole.unwrap_or_else(|| cut(&text(0), max, measure))
    }
}

/// The beginning of `text` that `measure`s at most `max`.
fn cut(text: &str, max: usize, measure: impl Fn(&str) -> usize) -> String {
    let mut room = max;
    let fits = |letter: &char| {
        let size = measure(letter.encode_utf8(&mut [0; 4]));
        let fits = size <= room;
        room = room.saturating_sub(size);
        fits
    };
    text.chars().take_while(fits).collect()
}

/// Vendors' words may hold line breaks and control characters; here they are one line.
fn plain(text: &str) -> String {
    text.split(|letter: char| letter.is_control() || letter.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(EXAMPLE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
