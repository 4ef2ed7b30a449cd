//! `twilight check-config`: the configuration, read as every daemon would read it, with its secrets and files.
//!
//! What a daemon would refuse at its start is an error here; what would only surprise somebody later is a warning. No secret
//! is shown. Exit codes: 0 no error, 1 an error, 2 a wrong command line.

mod addresses;
mod files;
mod findings;
mod online;
mod prices;
mod sections;

use std::path::{Path, PathBuf};

use daemon_kit::config::{Config, DAEMONS, Environment};
use serde_json::json;

use self::findings::{Findings, Level};
use crate::{ended::Ended, table::Output};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The configuration file; as --config.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Only what this daemon needs, for a host that does not run the others; may be repeated.
    #[arg(long = "daemon", value_parser = DAEMONS)]
    daemons: Vec<String>,
    /// Also connect to what is configured: Redis, SearXNG, vendors, upstreams, addresses of alerts.
    #[arg(long)]
    online: bool,
}

pub(crate) async fn run(args: Args, config: Option<&Path>, output: Output) -> anyhow::Result<()> {
    let mut findings = Findings::default();
    let path = args.file.as_deref().or(config);
    let read = match Config::load(path, &Environment::real()) {
        Ok(config) => {
            check(&config, &args, &mut findings).await;
            config.path().map(Path::to_owned)
        }
        Err(error) => {
            findings.error("configuration", error.to_string());
            path.map(Path::to_owned)
        }
    };
    let file = read.map_or_else(|| "(defaults: there is no file)".to_owned(), |path| path.display().to_string());
    let errors = findings.0.iter().filter(|finding| finding.level == Level::Error).count();
    let shown = json!({ "file": file, "ok": errors == 0, "findings": findings.0 });
    output.print(&shown, |_| {
        let lines = findings.0.iter().map(|finding| {
            let level = if finding.level == Level::Error { "ERROR  " } else { "warning" };
            format!("{level}  {}: {}\n", finding.key, finding.text)
        });
        let verdict = if errors == 0 { "can be used" } else { "cannot be used" };
        let warnings = findings.0.len() - errors;
        let counts = format!("{file} {verdict} ({errors} to correct, {warnings} to consider)");
        lines.collect::<String>() + &counts
    })?;
    if errors == 0 { Ok(()) } else { Err(Ended(1).into()) }
}

async fn check(config: &Config, args: &Args, findings: &mut Findings) {
    let wanted = |name: &str| args.daemons.is_empty() || args.daemons.iter().any(|daemon| daemon == name);
    let sections = sections::Sections::read(config, wanted, findings);
    addresses::check(config, wanted, findings);
    files::check(config, wanted, findings);
    if let Some(gateway) = &sections.gateway {
        prices::check(&gateway.prices, findings);
    }
    if args.online {
        online::check(config.status().timeout, &sections, findings).await;
    }
}
