//! The file of prices, read as the gateway reads it.

use std::{io, path::Path};

use route_policy::{Cny, DefaultPrice, PriceRow, PriceTable};
use serde::Deserialize;
use toml::Spanned;

use super::findings::Findings;

const KEY: &str = "gateway-proxy.prices";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    prices: Vec<Spanned<PriceRow>>,
}

pub(super) fn check(path: &Path, findings: &mut Findings) {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            if let Err(problem) = parse(&text) {
                findings.error(KEY, format!("{}:{problem}", path.display()));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = format!("{} does not exist: every model costs the default price", path.display());
            findings.warning(KEY, text);
        }
        Err(error) => findings.error(KEY, format!("read {}: {error}", path.display())),
    }
}

fn parse(text: &str) -> Result<(), String> {
    let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let document: Document = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line(span.start));
        format!("{at}: {}", error.message())
    })?;
    let lines: Vec<usize> = document.prices.iter().map(|row| line(row.span().start)).collect();
    let rows: Vec<PriceRow> = document.prices.into_iter().map(Spanned::into_inner).collect();
    // Whether rows fit together does not depend on what others cost.
    let others = DefaultPrice { input: Cny::from_yuan(1), output: Cny::from_yuan(1) };
    let made = PriceTable::from_rows(&rows, others);
    made.map(drop).map_err(|error| format!("{}: {error}", lines.get(error.row).copied().unwrap_or(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_row_is_named_with_its_line() {
        let good = "[[prices]]\nmodel = \"a\"\nfrom = \"2026-01-01\"\ninput = 1\noutput = 2\n";
        assert_eq!(parse(good), Ok(()));
        let bad = parse(&good.replace("output", "outptu")).unwrap_err();
        assert!(bad.starts_with("5: unknown field `outptu`"), "{bad}");
        assert!(parse("[[prices]]\n").unwrap_err().starts_with("1: "));
    }
}
