//! The price table's file: `[[prices]]` entries in TOML, each a [`PriceRow`].

use std::fmt;

use route_policy::{DefaultPrice, PriceRow, PriceTable};
use serde::Deserialize;
use toml::Spanned;

/// A file, read and checked.
#[derive(Clone, Debug)]
pub(crate) struct PriceFile {
    /// Its rows, as written.
    pub(crate) rows: Vec<PriceRow>,
    /// What they make.
    pub(crate) table: PriceTable,
}

/// Why a file cannot be used: the line, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadPrices {
    /// Counted from 1; none where no line is at fault.
    pub(crate) line: Option<usize>,
    /// In words.
    pub(crate) problem: String,
}

impl fmt::Display for BadPrices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.problem),
            None => out.write_str(&self.problem),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    prices: Vec<Spanned<PriceRow>>,
}

impl PriceFile {
    /// Reads and checks a file's text.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub(crate) fn parse(text: &str, default: DefaultPrice) -> Result<Self, BadPrices> {
        let line =
            |offset: usize| text.as_bytes()[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
        let document: Document = toml::from_str(text).map_err(|error| BadPrices {
            line: error.span().map(|span| line(span.start)),
            problem: error.message().to_owned(),
        })?;
        let lines: Vec<usize> = document.prices.iter().map(|row| line(row.span().start)).collect();
        let rows: Vec<PriceRow> = document.prices.into_iter().map(Spanned::into_inner).collect();
        let table = PriceTable::from_rows(&rows, default)
            .map_err(|error| BadPrices { line: lines.get(error.row).copied(), problem: error.to_string() })?;
        Ok(Self { rows, table })
    }

    /// No rows: every model costs the default.
    pub(crate) fn empty(default: DefaultPrice) -> Self {
        // No row can be wrong.
        Self::parse("", default).unwrap_or_else(|error| unreachable!("an empty table: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use route_policy::{Cny, Usage};

    use super::*;

    const DEFAULT: DefaultPrice = DefaultPrice { input: Cny::from_yuan(10), output: Cny::from_yuan(40) };
    const TIERED: &str = "\
[[prices]]
model = \"qwen3-max\"
from = \"2026-05-01\"
until_input = 32768
input = \"2.5\"
output = 10

[[prices]]
model = \"qwen3-max\"
from = \"2026-05-01\"
input = 7
output = 28.0
";

    fn refused(text: &str) -> String {
        PriceFile::parse(text, DEFAULT).unwrap_err().to_string()
    }

    #[test]
    fn rows_become_a_table() {
        let file = PriceFile::parse(TIERED, DEFAULT).unwrap();
        let at = "2026-11-23T04:00:00Z".parse().unwrap();
        let usage = Usage { input: 1_000_000, output: 0, ..Usage::default() };
        assert_eq!(file.table.cost("qwen3-max", "a", &usage, at).cny, Cny::from_yuan(7));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            refused(&TIERED.replace("until_input", "until")),
            "line 4: unknown field `until`, expected one of `model`, `channel`, `from`, `until_input`, `hours`, `input`, \
             `cached_input`, `output`, `thinking_output`, `source`"
        );
        assert!(
            refused("[[prices]]\nmodel = qwen\n").starts_with("line 2: "),
            "{}",
            refused("[[prices]]\nmodel = qwen\n")
        );
        assert!(refused("[[price]]\n").contains("unknown field `price`"));
        let only_a_tier = TIERED.split("\n\n").next().unwrap();
        let refusal = refused(&format!("\n{only_a_tier}"));
        assert!(refusal.starts_with("line 2: price 1, model \"qwen3-max\", until_input: "), "{refusal}");
    }

    #[test]
    fn without_rows_everything_costs_the_default() {
        let file = PriceFile::empty(DEFAULT);
        let usage = Usage { input: 1_000_000, output: 1_000_000, ..Usage::default() };
        let cost = file.table.cost("anything", "a", &usage, "2026-11-23T04:00:00Z".parse().unwrap());
        assert_eq!((cost.cny, cost.known), (Cny::from_yuan(50), false));
    }

    #[test]
    fn the_example_can_be_used_and_every_row_says_where_it_comes_from() {
        const EXAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../prices.example.toml"));
        let switch_on = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with("[[") || rest.contains(" = ") => rest.to_owned(),
            _ => line.to_owned(),
        };
        let file = PriceFile::parse(EXAMPLE, DEFAULT).unwrap();
        assert!(file.rows.len() >= 8, "{}", file.rows.len());
        assert!(file.rows.iter().all(|row| row.source.as_deref().is_some_and(|source| source.contains("check"))));
        let with_comments: Vec<_> = EXAMPLE.lines().map(switch_on).collect();
        let with_comments = PriceFile::parse(&with_comments.join("\n"), DEFAULT).unwrap();
        assert!(with_comments.rows.len() > file.rows.len(), "the forms in comments are read, too");
    }
}
