//! Tables for people, JSON for programs.

use std::io::{self, Write as _};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
pub(crate) use daemon_kit::terminal::{printable, table};
use serde::Serialize;

/// How a command answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints `value` as JSON, or what `table` makes of it.
    pub(crate) fn print<T: Serialize>(self, value: &T, table: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = if self.json { serde_json::to_string_pretty(value)? } else { table(value) };
        match writeln!(io::stdout().lock(), "{text}") {
            // Whoever reads has seen enough, as in `twilight … | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.context("write the answer"),
        }
    }
}

/// An instant as the operators read it: Shanghai time.
pub(crate) fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// A number with thousands separated.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(count(number), text);
        }
    }
}
