//! `doctor`: looks for what is wrong.

mod finding;
mod profiles;
mod registry;
mod remembered;
mod tokens;

use clap::Args;
use serde_json::json;

use self::finding::{Findings, Grade};
use crate::{context::Context, failure::Failure, output::table};

/// Looks for what is wrong here and at the registry; changes nothing.
///
/// Ends with 1 where something is broken; a warning is no failure.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Ask nobody: only what is on this machine.
    #[arg(long)]
    local: bool,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Failure> {
        let mut findings = Findings::default();
        remembered::look(context, &mut findings);
        let mine = if self.local { None } else { registry::look(context, &mut findings).await };
        let names = context.home.names().unwrap_or_else(|failure| {
            findings.broken("home", failure.to_string());
            Vec::new()
        });
        for profile in &names {
            profiles::look(context, profile, mine.as_ref(), &mut findings);
        }
        tokens::look(context, &names, &mut findings);
        told(context, &findings)
    }
}

fn told(context: &Context, findings: &Findings) -> Result<(), Failure> {
    let count = |grade| findings.all().filter(|finding| finding.grade == grade).count();
    let (broken, warnings) = (count(Grade::Broken), count(Grade::Warning));
    let all: Vec<_> = findings
        .all()
        .map(|finding| json!({"where": finding.place, "grade": finding.grade.name(), "told": finding.told}))
        .collect();
    let answer = json!({"findings": all, "broken": broken, "warnings": warnings});
    context.output.answer(&answer, || {
        let row =
            |finding: &finding::Finding| [finding.grade.name().to_owned(), finding.place.clone(), finding.told.clone()];
        table(["", "where", "what"], findings.all().map(row))
    });
    if broken == 0 { Ok(()) } else { Err(Failure::failed(format!("{broken} broken, {warnings} warnings"))) }
}
