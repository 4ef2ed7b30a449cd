//! A call as Alpha Vantage reads it.

use std::collections::BTreeMap;

use market_model::{Code, Exchange, vendor_code};

use super::refusal::Refusal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Daily,
    DailyAdjusted,
    FxDaily,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) function: Function,
    pub(super) code: Code,
    /// As sent; both currencies without anything between them for a pair.
    pub(super) symbol: String,
    pub(super) is_full: bool,
}

/// The symbol of a call, whatever else is wrong with it.
pub(super) fn symbol(params: &BTreeMap<String, String>) -> String {
    let param = |name: &str| params.get(name).map_or("", String::as_str);
    match param("symbol") {
        "" => format!("{}{}", param("from_symbol"), param("to_symbol")),
        symbol => symbol.to_owned(),
    }
}

impl Query {
    pub(super) fn parse(params: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let function = match params.get("function").map(String::as_str) {
            Some("TIME_SERIES_DAILY") => Function::Daily,
            Some("TIME_SERIES_DAILY_ADJUSTED") => Function::DailyAdjusted,
            Some("FX_DAILY") => Function::FxDaily,
            _ => return Err(Refusal::BadFunction),
        };
        let symbol = symbol(params);
        let code = match function {
            Function::FxDaily => Code::new(&symbol, Exchange::Fx).map_err(|_| Refusal::BadCall)?,
            _ => vendor_code::alpha_vantage::parse(&symbol).map_err(|_| Refusal::BadCall)?,
        };
        let is_full = match params.get("outputsize").map_or("compact", String::as_str) {
            "compact" => false,
            "full" => true,
            _ => return Err(Refusal::BadCall),
        };
        Ok(Self { function, code, symbol, is_full })
    }
}
