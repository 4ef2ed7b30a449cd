//! `twilight quality findings`.

use chrono::{DateTime, Utc};
use daemon_kit::config::Config;
use market_model::Code;
use quality_rules::Severity;
use serde_json::{Value, json};
use warehouse::{FindingFilter, LoggedFinding, PAGE_ROWS_MAX};

use super::rules;
use crate::{
    commands::{moment, published},
    table::{Output, instant, table},
    usage::usage,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only what still shows.
    #[arg(long)]
    open: bool,
    /// At least that bad: info, warning (with errors), error.
    #[arg(long)]
    severity: Option<Severity>,
    /// One rule's findings.
    #[arg(long, value_parser = rules())]
    check: Option<String>,
    /// Findings about one code.
    #[arg(long)]
    code: Option<Code>,
    /// Found at this moment or later; a day stands for its beginning.
    #[arg(long, value_parser = moment::since)]
    since: Option<DateTime<Utc>>,
    /// Found before this moment; a day stands for its end.
    #[arg(long, value_parser = moment::until)]
    until: Option<DateTime<Utc>>,
    /// How many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

pub(super) fn run(args: Args, config: &Config, output: Output) -> anyhow::Result<()> {
    let Args { open, severity, check, code, since, until, limit } = args;
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(usage("--since is after --until"));
    }
    let generation = published::current(config)?;
    let (trade_dates, after) = (None, None);
    let mut filter =
        FindingFilter { severity, check, code, trade_dates, since, until, open_only: open, after, limit: 0 };
    let mut found: Vec<LoggedFinding> = Vec::new();
    let more = loop {
        filter.limit = (limit - found.len()).min(PAGE_ROWS_MAX);
        if filter.limit == 0 {
            break true;
        }
        let page = generation.findings(&filter)?;
        found.extend(page.findings);
        filter.after = page.next;
        if filter.after.is_none() {
            break false;
        }
    };
    let shown: Vec<Value> = found.iter().map(described).collect();
    output.print(&shown, |_| {
        let shown =
            table(["found (Shanghai)", "closed", "severity", "check", "code", "day", "message"], found.iter().map(row));
        let more = if more { "\nThere are more: --limit." } else { "" };
        format!("{shown}{more}")
    })
}

fn described(finding: &LoggedFinding) -> Value {
    json!({
        "id": finding.id,
        "check": finding.check,
        "severity": finding.severity,
        "code": finding.code,
        "trade_date": finding.trade_date,
        "message": finding.message,
        "details": finding.details,
        "generation": finding.generation,
        "found_at": finding.found_at,
        "closed_at": finding.closed_at,
    })
}

fn row(finding: &LoggedFinding) -> [String; 7] {
    let none = || "-".to_owned();
    [
        instant(Some(finding.found_at)),
        instant(finding.closed_at),
        finding.severity.to_string(),
        finding.check.clone(),
        finding.code.map_or_else(none, |code| code.to_string()),
        finding.trade_date.map_or_else(none, |date| date.to_string()),
        finding.message.clone(),
    ]
}
