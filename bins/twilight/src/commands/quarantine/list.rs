//! `twilight quarantine list`.

use daemon_kit::config::Config;
use market_model::Code;
use warehouse::{PAGE_ROWS_MAX, QuarantineFilter, QuarantinedRow};

use crate::{
    commands::{published, quality::rules},
    table::{Output, instant, table},
};

/// Entries that nobody has decided about.
const HELD: &str = "held";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// held, released, discarded, superseded, or all.
    #[arg(long, default_value = HELD, value_parser = [HELD, "released", "discarded", "superseded", "all"])]
    state: String,
    /// One vendor's rows.
    #[arg(long)]
    source: Option<String>,
    /// Rows meant for one table, such as normalized_daily.
    #[arg(long)]
    dataset: Option<String>,
    /// Rows about one code.
    #[arg(long)]
    code: Option<Code>,
    /// Rows that one rule refused.
    #[arg(long, value_parser = rules())]
    rule: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

pub(super) fn run(args: Args, config: &Config, output: Output) -> anyhow::Result<()> {
    let generation = published::current(config)?;
    let mut filter = QuarantineFilter {
        state: Some(args.state).filter(|state| state != "all"),
        source: args.source,
        dataset: args.dataset,
        code: args.code.map(|code| code.to_string()),
        rule: args.rule,
        ..QuarantineFilter::default()
    };
    let mut rows: Vec<QuarantinedRow> = Vec::new();
    let more = loop {
        filter.limit = (args.limit - rows.len()).min(PAGE_ROWS_MAX);
        if filter.limit == 0 {
            break true;
        }
        let page = generation.quarantine(&filter)?;
        rows.extend(page.rows);
        filter.after = page.next;
        if filter.after.is_none() {
            break false;
        }
    };
    output.print(&rows, |rows| {
        let shown = table(
            ["id", "state", "put aside (Shanghai)", "rule", "source", "code", "day", "value", "reason"],
            rows.iter().map(row),
        );
        let more = if more { "\nThere are more: --limit." } else { "" };
        format!("{shown}{more}")
    })
}

fn row(row: &QuarantinedRow) -> [String; 9] {
    let none = || "-".to_owned();
    [
        row.id.clone(),
        row.state.clone(),
        instant(Some(row.quarantined_at)),
        row.rule.clone(),
        row.source.clone(),
        row.code.clone().unwrap_or_else(none),
        row.trade_date.map_or_else(none, |date| date.to_string()),
        row.value.clone(),
        row.reason.clone(),
    ]
}
