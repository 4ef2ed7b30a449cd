//! The `code` parameter, and what to say where it names nothing.

use axum::http::StatusCode;
use daemon_kit::problem::Problem;
use market_model::{Code, CodeError, Exchange, InstrumentKind};
use serde_json::{Value, json};
use warehouse::Generation;

use super::params::{Params, shown};

/// Reads `code`.
///
/// # Errors
/// 400 `ambiguous-code` for a bare symbol, with the candidates: `000001` is a bank in Shenzhen and an index in Shanghai, and
/// a guess would answer with the wrong one. 400 `invalid-parameter` for anything else that is no code, with the spelling
/// that was probably meant.
pub(crate) fn parse_code(params: &Params, generation: &Generation) -> Result<Code, Problem> {
    let text = params.required("code", "600519.SH")?;
    text.parse().map_err(|error| refuse(text, &error, generation))
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
    candidates.extend(successor.map(candidate));
    if candidates.is_empty() { problem } else { problem.with("candidates", candidates) }
}

fn refuse(text: &str, error: &CodeError, generation: &Generation) -> Problem {
    let is_bare_symbol = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_bare_symbol {
        let mut candidates = listed(text, generation);
        if candidates.is_empty() {
            candidates = by_number_range(text);
        }
        let detail = format!("`{text}` names no exchange: write one of the candidates");
        return Problem::new(StatusCode::BAD_REQUEST, "ambiguous-code", "The code names no exchange", detail)
            .field("code")
            .with("candidates", candidates);
    }
    let problem = match error {
        CodeError::NoSuffix(_) => format!("`{}` is not a code: write 600519.SH, 000001.SZ or 920799.BJ", shown(text)),
        CodeError::UnknownSuffix { suffix, .. } => {
            format!("`{}` has the unknown suffix `{}`", shown(text), shown(suffix))
        }
        CodeError::Malformed { expected, .. } => format!("`{}` is not a code: {expected}", shown(text)),
    };
    match probably_meant(text) {
        Some(code) => Problem::invalid("code", format!("{problem}; did you mean {code}?")),
        None => Problem::invalid("code", problem),
    }
    .allowed(Exchange::ALL.map(|exchange| format!("SYMBOL.{}", exchange.suffix())))
}

fn listed(symbol: &str, generation: &Generation) -> Vec<Value> {
    generation.candidates(symbol).into_iter().map(candidate).collect()
}

fn candidate(instrument: &market_model::Instrument) -> Value {
    json!({ "code": instrument.code, "name": instrument.name, "kind": instrument.kind })
}

fn by_number_range(symbol: &str) -> Vec<Value> {
    let mainland = Exchange::ALL.into_iter().filter(|exchange| exchange.is_mainland());
    let codes = mainland.filter_map(|exchange| Code::new(symbol, exchange).ok());
    codes.filter_map(|code| Some(json!({ "code": code, "kind": InstrumentKind::of_code(&code)? }))).collect()
}

/// Other people's spellings of a mainland code: `600519.sh`, `sh600519`, `SH.600519`, `600519.SS`, `600519.XSHG`.
fn probably_meant(text: &str) -> Option<Code> {
    let upper = text.trim().to_ascii_uppercase();
    if let Ok(code) = upper.parse() {
        return Some(code);
    }
    let digits: String = upper.chars().filter(char::is_ascii_digit).collect();
    let letters: String = upper.chars().filter(char::is_ascii_alphabetic).collect();
    let exchange = match letters.as_str() {
        "SH" | "SS" | "SSE" | "XSHG" => Exchange::Sse,
        "SZ" | "SZSE" | "XSHE" => Exchange::Szse,
        "BJ" | "BSE" | "XBSE" => Exchange::Bse,
        _ => return None,
    };
    Code::new(&digits, exchange).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_of_a_mainland_code_are_recognised() {
        for (text, code) in [
            ("600519.sh", "600519.SH"),
            ("sh600519", "600519.SH"),
            ("sz.000001", "000001.SZ"),
            ("600519.SS", "600519.SH"),
            ("000001.XSHE", "000001.SZ"),
            ("bj920799", "920799.BJ"),
        ] {
            assert_eq!(probably_meant(text).map(|code| code.to_string()).as_deref(), Some(code));
        }
        for text in ["moutai", "60051.SH", "600519.TW", ""] {
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
