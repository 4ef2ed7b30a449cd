//! The `code` parameter, and what to say where it names nothing.

use axum::http::StatusCode;
use daemon_kit::{body::shown, problem::Problem};
use market_model::{Code, CodeError, Exchange, InstrumentKind, vendor_code};
use serde_json::{Value, json};
use warehouse::Generation;

use super::params::Params;

/// Reads `code`.
///
/// # Errors
/// As [`read_code`].
pub(crate) fn parse_code(params: &Params, generation: &Generation) -> Result<Code, Problem> {
    read_code("code", params.required("code", "600519.SH")?, Some(generation))
}

/// Reads `code`, if it was given.
///
/// # Errors
/// As [`read_code`].
pub(crate) fn optional_code(params: &Params, generation: &Generation) -> Result<Option<Code>, Problem> {
    params.get("code").map(|text| read_code("code", text, Some(generation))).transpose()
}

/// Reads one code out of the parameter `field`.
///
/// # Errors
/// 400 `ambiguous-code` for a bare symbol, with the candidates: `000001` is a bank in Shenzhen and an index in Shanghai, and
/// a guess would answer with the wrong one. 400 `invalid-parameter` for anything else that is no code, with the spelling
/// that was probably meant.
pub(crate) fn read_code(field: &'static str, text: &str, generation: Option<&Generation>) -> Result<Code, Problem> {
    text.parse().map_err(|error| refuse(field, text, &error, generation))
}

/// 404 `unknown-code`: well-formed, but not in this generation. Says what trades under that number, or under which code
/// the instrument trades now.
pub(crate) fn unknown_code(code: Code, generation: &Generation) -> Problem {
    let successor = generation.instruments().iter().find(|instrument| instrument.renamed_from == Some(code));
    let mut detail = format!("the warehouse has no instrument and no bar of {code}");
    if let Some(successor) = successor {
        detail.push_str(&format!("; it trades as {} now", successor.code));
    }
    let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-code", "Unknown code", detail).field("code");
    let mut candidates = listed(code.symbol(), generation);
    candidates.extend(successor.map(|successor| candidate(successor.code, generation)));
    if candidates.is_empty() { problem } else { problem.with("candidates", candidates) }
}

fn refuse(field: &'static str, text: &str, error: &CodeError, generation: Option<&Generation>) -> Problem {
    if let Some(candidates) = candidates(text, generation) {
        let detail = format!("`{}` names no exchange: write one of the candidates", shown(text));
        return Problem::new(StatusCode::BAD_REQUEST, "ambiguous-code", "The code names no exchange", detail)
            .field(field)
            .with("candidates", candidates);
    }
    let problem = match error {
        CodeError::NoSuffix(_) => format!(
            "`{}` is not a code: write 600519.SH, 000001.SZ or 920799.BJ, abroad 0700.HK, AAPL.US, GSPC.IDX or USDCNY.FX",
            shown(text)
        ),
        CodeError::UnknownSuffix { suffix, .. } => {
            format!("`{}` has the unknown suffix `{}`", shown(text), shown(suffix))
        }
        CodeError::Malformed { expected, .. } => format!("`{}` is not a code: {expected}", shown(text)),
    };
    match probably_meant(text) {
        Some(code) => Problem::invalid(field, format!("{problem}; did you mean {code}?")),
        None => Problem::invalid(field, problem),
    }
    .allowed(Exchange::ALL.map(|exchange| format!("SYMBOL.{}", exchange.suffix())))
}

/// What a bare symbol may name: what the warehouse has under it, or, for six digits, what the number ranges say. `None` for
/// a text that is no bare symbol, or one that nothing is known by.
fn candidates(text: &str, generation: Option<&Generation>) -> Option<Vec<Value>> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_bare {
        return None;
    }
    let has = |symbol: &str| generation.map(|generation| listed(symbol, generation)).unwrap_or_default();
    let mut known = has(&text.to_ascii_uppercase());
    if known.is_empty()
        && let Some(code) = hong_kong(text)
    {
        known = has(code.symbol());
    }
    let is_mainland_number = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if known.is_empty() && is_mainland_number {
        known = by_number_range(text);
    }
    (!known.is_empty() || is_mainland_number).then_some(known)
}

fn listed(symbol: &str, generation: &Generation) -> Vec<Value> {
    generation.codes_named(symbol).into_iter().map(|code| candidate(code, generation)).collect()
}

fn candidate(code: Code, generation: &Generation) -> Value {
    match generation.instrument(&code) {
        Some(instrument) => json!({ "code": code, "name": instrument.name, "kind": instrument.kind }),
        None => json!({ "code": code, "kind": InstrumentKind::of_code(&code) }),
    }
}

fn by_number_range(symbol: &str) -> Vec<Value> {
    let mainland = Exchange::ALL.into_iter().filter(|exchange| exchange.is_mainland());
    let codes = mainland.filter_map(|exchange| Code::new(symbol, exchange).ok());
    codes.filter_map(|code| Some(json!({ "code": code, "kind": InstrumentKind::of_code(&code)? }))).collect()
}

/// Other people's spellings: `600519.sh`, `sh600519`, `SH.600519`, `600519.SS`, `600519.XSHG`, `00700.HK`, `^GSPC`, `USDCNY=X`,
/// `USD/CNY`.
fn probably_meant(text: &str) -> Option<Code> {
    let upper = text.trim().to_ascii_uppercase();
    if let Ok(code) = upper.parse() {
        return Some(code);
    }
    if upper.starts_with('^') || upper.ends_with("=X") {
        return vendor_code::yahoo::parse(&upper).ok();
    }
    let digits: String = upper.chars().filter(char::is_ascii_digit).collect();
    let letters: String = upper.chars().filter(char::is_ascii_alphabetic).collect();
    let exchange = match letters.as_str() {
        "SH" | "SS" | "SSE" | "XSHG" => Exchange::Sse,
        "SZ" | "SZSE" | "XSHE" => Exchange::Szse,
        "BJ" | "BSE" | "XBSE" => Exchange::Bse,
        "HK" | "HKG" | "HKEX" | "XHKG" => return hong_kong(&digits),
        _ if upper.contains('/') => return Code::new(&upper.replacen('/', "", 1), Exchange::Fx).ok(),
        _ => return None,
    };
    Code::new(&digits, exchange).ok()
}

/// Hong Kong's numbers are written with any number of zeros in front; ours has four digits at least.
fn hong_kong(digits: &str) -> Option<Code> {
    let number: u32 = digits.parse().ok().filter(|_| digits.len() <= 5)?;
    Code::new(&format!("{number:04}"), Exchange::Hkex).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_peoples_spellings_are_recognised() {
        for (text, code) in [
            ("600519.sh", "600519.SH"),
            ("sh600519", "600519.SH"),
            ("sz.000001", "000001.SZ"),
            ("600519.SS", "600519.SH"),
            ("000001.XSHE", "000001.SZ"),
            ("bj920799", "920799.BJ"),
            ("00700.HK", "0700.HK"),
            ("700.hk", "0700.HK"),
            ("hk00700", "0700.HK"),
            ("9988.XHKG", "9988.HK"),
            ("aapl.us", "AAPL.US"),
            ("^gspc", "GSPC.IDX"),
            ("USDCNY=X", "USDCNY.FX"),
            ("USD/CNY", "USDCNY.FX"),
        ] {
            assert_eq!(probably_meant(text).map(|code| code.to_string()).as_deref(), Some(code));
        }
        for text in ["moutai", "60051.SH", "600519.TW", "123456.HK", "GC=F", "^", "=X", "/", ""] {
            assert_eq!(probably_meant(text), None, "{text}");
        }
    }

    #[test]
    fn a_bare_symbol_that_is_not_listed_is_completed_by_its_number_range() {
        assert_eq!(
            by_number_range("000001"),
            [json!({"code": "000001.SH", "kind": "index"}), json!({"code": "000001.SZ", "kind": "a_share"})]
        );
        assert_eq!(by_number_range("777777"), [] as [Value; 0]);
    }
}
