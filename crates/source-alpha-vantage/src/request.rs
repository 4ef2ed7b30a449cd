//! One question as it is sent, and as it is kept.

use std::collections::BTreeMap;

use crate::{Function, OutputSize, Secret, secret::escape};

/// A question. The key comes in for sending only, so the copy kept for lineage cannot hold it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) function: Function,
    /// The vendor's spelling; both currencies without anything between them for a pair.
    pub(crate) symbol: &'a str,
    pub(crate) size: OutputSize,
}

impl Request<'_> {
    /// The address, key included.
    pub(crate) fn url(&self, base_url: &str, key: &Secret) -> String {
        let query: Vec<String> =
            self.parameters().into_iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        format!("{}/query?{}&apikey={}", base_url.trim_end_matches('/'), query.join("&"), key.escaped())
    }

    /// The parameters as JSON, without the key.
    pub(crate) fn json(&self) -> String {
        // A map of texts: there is nothing in it that JSON could not hold.
        serde_json::to_string(&self.parameters().into_iter().collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }

    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut parameters = vec![("function", self.function.name())];
        match (self.function, self.symbol.split_at_checked(3)) {
            (Function::FxDaily, Some((from, to))) => {
                parameters.extend([("from_symbol", from), ("to_symbol", to)]);
            }
            _ => parameters.push(("symbol", self.symbol)),
        }
        parameters.push(("outputsize", self.size.name()));
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_asked_for_by_two_parameters_and_the_key_is_in_the_address_only() {
        let key = Secret::new("KEY&1");
        let pair = Request { function: Function::FxDaily, symbol: "USDCNY", size: OutputSize::Full };
        assert_eq!(
            pair.url("http://h/", &key),
            "http://h/query?function=FX_DAILY&from_symbol=USD&to_symbol=CNY&outputsize=full&apikey=KEY%261"
        );
        assert_eq!(pair.json(), r#"{"from_symbol":"USD","function":"FX_DAILY","outputsize":"full","to_symbol":"CNY"}"#);
        let share = Request { function: Function::TimeSeriesDaily, symbol: "BRK-B", size: OutputSize::Compact };
        assert!(share.url("http://h", &key).contains("&symbol=BRK-B&outputsize=compact&"));
    }
}
