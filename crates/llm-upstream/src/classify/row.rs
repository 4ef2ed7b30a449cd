//! A row of a table.

use route_policy::Verdict;

use super::said::{Form, Said};

/// What an answer has to be for the row to fit. Empty lists ask nothing.
#[derive(Debug)]
pub(super) struct Row {
    /// Its name in logs and tests.
    pub(super) name: &'static str,
    pub(super) status: Status,
    /// Any of these is the error's `code` or `type`, in whatever case. A `*` at the end stands for the rest.
    pub(super) codes: &'static [&'static str],
    /// Any of these stands in the message; written in lower case.
    pub(super) texts: &'static [&'static str],
    /// How the body is written.
    pub(super) form: Option<Form>,
    pub(super) verdict: Verdict,
}

/// Which statuses a row asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    Any,
    Is(u16),
    From(u16, u16),
}

impl Row {
    pub(super) const fn new(name: &'static str, status: Status, verdict: Verdict) -> Self {
        Self { name, status, codes: &[], texts: &[], form: None, verdict }
    }

    pub(super) const fn codes(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }

    pub(super) const fn texts(mut self, texts: &'static [&'static str]) -> Self {
        self.texts = texts;
        self
    }

    pub(super) const fn form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// `text` is the message in lower case. Without a status (an event in a stream) only rows that ask for words can
    /// fit, and the one that asks for nothing.
    pub(super) fn fits(&self, status: Option<u16>, said: &Said, text: &str) -> bool {
        let asks_for_words = !self.codes.is_empty() || !self.texts.is_empty();
        let status_fits = match (self.status, status) {
            (Status::Any, _) => true,
            (_, None) => asks_for_words,
            (Status::Is(one), Some(status)) => one == status,
            (Status::From(first, last), Some(status)) => (first..=last).contains(&status),
        };
        let is_code = |pattern: &str| said.code.iter().chain(&said.kind).any(|code| matches(pattern, code));
        status_fits
            && (self.codes.is_empty() || self.codes.iter().any(|pattern| is_code(pattern)))
            && (self.texts.is_empty() || !said.echoes && self.texts.iter().any(|part| text.contains(part)))
            && self.form.is_none_or(|form| form == said.form)
    }
}

fn matches(pattern: &str, code: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => code.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => code.eq_ignore_ascii_case(pattern),
    }
}
