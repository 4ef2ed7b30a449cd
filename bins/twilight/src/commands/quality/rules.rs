//! The codes of the rules, as the command line takes them; and `twilight quality rules`.

use clap::builder::PossibleValuesParser;
use quality_rules::{Origin, RULES};
use serde_json::json;

use crate::table::{Output, table};

/// Takes the code of a rule, and offers a similar one for anything else.
pub(crate) fn rules() -> PossibleValuesParser {
    PossibleValuesParser::new(RULES.iter().map(|rule| rule.code))
}

pub(super) fn run(output: Output) -> anyhow::Result<()> {
    let origin = |origin: Origin| match origin {
        Origin::Gate => "gate",
        Origin::Curation => "curation",
        Origin::Generation => "generation",
        Origin::Clock => "clock",
        Origin::Machine => "machine",
    };
    let rules: Vec<_> = RULES
        .iter()
        .map(|rule| json!({"code": rule.code, "severity": rule.severity, "origin": origin(rule.origin), "title": rule.title}))
        .collect();
    output.print(&rules, |_| {
        table(
            ["rule", "severity", "raised by", "what it finds"],
            RULES.iter().map(|rule| {
                [rule.code.to_owned(), rule.severity.to_string(), origin(rule.origin).to_owned(), rule.title.to_owned()]
            }),
        )
    })
}
