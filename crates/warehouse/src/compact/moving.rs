//! Which of the tail's rows move into the next base.

use crate::{engine::quote, whole_market_sql};

/// The rule: bars of (source, day) that are complete, whatever belongs to a complete day, everything about codes whose
/// days are not judged, everything that is curated (that is complete by definition), every revision.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moving<'a> {
    /// All rows of this source move besides: rows with the same keys are loaded into the base.
    pub(crate) source: Option<&'a str>,
}

impl Moving<'_> {
    /// The rows of table `name` that move, as a condition on row `x`.
    pub(crate) fn rows_of(self, name: &str) -> String {
        let complete = "FROM tail.main.partition p WHERE p.dataset = 'daily' AND p.state = 'complete'
                        AND p.trade_date = x.trade_date";
        let judged = match name {
            "curated_daily" | "normalized_revision" => return "true".to_owned(),
            "normalized_daily" => format!("EXISTS ({complete} AND p.source = x.source)"),
            _ => format!("EXISTS ({complete})"),
        };
        let loaded = self.source.map_or_else(String::new, |source| format!(" OR x.source = {}", quote(source)));
        format!("({judged} OR NOT {}{loaded})", whole_market_sql("x.code"))
    }
}
