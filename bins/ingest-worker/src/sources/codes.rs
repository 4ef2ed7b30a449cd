//! The codes that the configuration lists for a vendor.

use anyhow::Context as _;
use market_model::Code;

/// The codes, each once, in the order of the configuration.
///
/// # Errors
/// A text that is no code, naming the key and what is allowed.
pub(super) fn parse(key: &str, codes: &[String]) -> anyhow::Result<Vec<Code>> {
    let mut parsed: Vec<Code> = Vec::with_capacity(codes.len());
    for text in codes {
        let code = text.parse().with_context(|| format!("{key}: {text:?}"))?;
        if !parsed.contains(&code) {
            parsed.push(code);
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_code_is_named_with_its_key() {
        let codes = |texts: &[&str]| parse("a.b", &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(codes(&["AAPL.US", "0700.HK", "AAPL.US"]).unwrap().len(), 2);
        let error = format!("{:#}", codes(&["AAPL"]).unwrap_err());
        assert!(error.contains("a.b: \"AAPL\"") && error.contains("no exchange suffix"), "{error}");
    }
}
