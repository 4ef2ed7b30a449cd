//! Which source's rows count where several have them.

use market_model::{Code, Exchange, InstrumentKind};

use crate::{engine::quote, is_whole_market};

/// Sources by kind of data, best first. A source that a list does not name comes after those that it names, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePolicy {
    /// Bars of mainland shares.
    pub daily: Vec<String>,
    /// Bars of mainland indices, funds and bonds.
    pub index: Vec<String>,
    /// Bars of everything abroad, and of currency pairs.
    pub foreign: Vec<String>,
    /// Dividends, bonus and rights issues. Per code and ex-date the best source that has any event on it counts.
    pub corporate_action: Vec<String>,
}

impl Default for SourcePolicy {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            daily: names(&["tushare", "tdx"]),
            index: names(&["tushare", "tdx", "yahoo"]),
            foreign: names(&["yahoo", "alpha_vantage"]),
            corporate_action: names(&["tdx", "tushare", "yahoo", "alpha_vantage"]),
        }
    }
}

impl SourcePolicy {
    /// The sources of `code`'s bars, best first.
    pub fn for_code(&self, code: &Code) -> &[String] {
        if !code.exchange().is_mainland() {
            &self.foreign
        } else if is_whole_market(code) || InstrumentKind::of_code(code).is_none() {
            &self.daily
        } else {
            &self.index
        }
    }

    /// A source's place in a list; lower is better, ties are broken by name.
    pub(crate) fn place(list: &[String], source: &str) -> usize {
        list.iter().position(|name| name == source).unwrap_or(list.len())
    }

    /// The place of the source of row `alias` of the table of instruments or of trading days, then its name, as a
    /// comparable SQL value. All of the mainland follows the list of its shares.
    pub(crate) fn reference_rank(&self, alias: &str, exchange: &str) -> String {
        let place = |list: &[String]| {
            let names: Vec<_> = list.iter().map(|name| quote(name)).collect();
            let last = list.len() + 1;
            format!("coalesce(list_position([{}]::VARCHAR[], {alias}.source), {last})", names.join(", "))
        };
        let mainland: Vec<_> = Exchange::ALL
            .iter()
            .filter(|exchange| exchange.is_mainland())
            .map(|exchange| quote(exchange.name()))
            .collect();
        format!(
            "{{'place': CASE WHEN {alias}.{exchange} IN ({}) THEN {} ELSE {} END, 'name': {alias}.source}}",
            mainland.join(", "),
            place(&self.daily),
            place(&self.foreign),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_code_has_its_list() {
        let policy = SourcePolicy::default();
        for (code, best) in [
            ("600519.SH", &policy.daily),
            ("700001.SH", &policy.daily),
            ("510300.SH", &policy.index),
            ("113050.SH", &policy.index),
            ("000001.SH", &policy.index),
            ("GSPC.IDX", &policy.foreign),
            ("0700.HK", &policy.foreign),
            ("USDCNY.FX", &policy.foreign),
        ] {
            assert_eq!(policy.for_code(&code.parse().unwrap()), best, "{code}");
        }
        assert_eq!(SourcePolicy::place(&policy.daily, "tdx"), 1);
        assert_eq!(SourcePolicy::place(&policy.daily, "unheard_of"), 2);
    }
}
