//! The warehouse's pages over the bench warehouse with a hundred thousand findings.

use std::path::Path;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use daemon_kit::clock::Clock;
use job_queue::private_redis::RedisServer;
use market_model::Code;
use quality_rules::RULES;
use serde_json::json;
use upstream_simulators::Market;
use warehouse::{FindingsRecord, FindingsScope, FoundRow, Writer, WriterOptions};

use super::{Findings, Pages};
use crate::{
    daemon::Daemon,
    data::Origin,
    place::{API_TOKEN, Place},
    report::Report,
};

const FINDINGS: usize = 100_000;
/// So many rules complain, about so many codes each.
const CHECKS: usize = 10;
const CODES: usize = 500;
const DAYS: usize = FINDINGS / CHECKS / CODES;

pub(super) async fn measure(place: &Place, report: &mut Report, findings: &mut Findings) -> anyhow::Result<()> {
    let origin = Origin::read(place)?;
    let market = origin.market();
    let root = place.scratch();
    place.fresh(&root)?;
    let days: Vec<NaiveDate> =
        market.trading_days().iter().copied().filter(|day| *day <= origin.last_in_base).collect();
    let days = &days[days.len() - DAYS..];
    complain(&root, &market, days, Clock::system().now())?;
    report.fact(
        "warehouse",
        format!(
            "{} codes, {} bars, {FINDINGS} open findings of {CHECKS} rules",
            market.codes().len(),
            market.bar_count()
        ),
    );
    let redis = RedisServer::start().await.context("start redis-server")?;
    let folder = place.logs()?;
    let config = folder.join("console.toml");
    std::fs::write(&config, configuration(&root, &redis.url())).context("write the configuration")?;
    let (api, address) = Daemon::start("warehouse-api", &config, &folder).await?;
    let pages = Pages::enter("warehouse-api", address, API_TOKEN).await?;
    let (code, day) = (market.codes()[CODES / 2], days[DAYS - 1]);
    let list = pages.read("/console/findings").await?;
    let finding = list.split("href=\"/console/findings/").nth(1).and_then(|rest| rest.split('"').next());
    let finding = finding.context("the list of findings leads to none")?;
    for (name, path) in [
        ("overview", "/console/overview".to_owned()),
        ("a day", format!("/console/days/{day}")),
        ("findings", "/console/findings".to_owned()),
        ("findings of a rule and a day", format!("/console/findings?check={}&day={day}", RULES[0].code)),
        ("findings of a code", format!("/console/findings?code={code}")),
        ("a finding with the rows of all sources", format!("/console/findings/{finding}")),
        ("quarantine", "/console/quarantine".to_owned()),
        ("search for an instrument", "/console/instruments?code=600".to_owned()),
        ("a chart of 120 bars", format!("/console/instruments/{code}")),
        ("a chart of 250 bars with another source", format!("/console/instruments/{code}?range=250&source=tushare")),
        ("a chart of everything", format!("/console/instruments/{code}?range=all&adjust=hfq")),
        ("ingest", "/console/ingest".to_owned()),
        ("jobs", "/console/jobs".to_owned()),
        ("dead letters", "/console/jobs/ingest".to_owned()),
    ] {
        pages.measure(findings, name, &path).await?;
    }
    report.fact("memory of warehouse-api", api.memory()?.to_string());
    api.stop().await?;
    std::fs::remove_dir_all(&root).context("remove the scratch folder")
}

/// Records the findings and publishes them.
fn complain(root: &Path, market: &Market, days: &[NaiveDate], now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut writer = Writer::open(root, WriterOptions::default())?;
    let codes: Vec<Code> = market.codes().iter().copied().take(CODES).collect();
    for (number, rule) in RULES.iter().take(CHECKS).enumerate() {
        let about = codes.iter().flat_map(|code| days.iter().map(move |day| (code, day)));
        let row = |(code, day): (&Code, &NaiveDate)| FoundRow {
            check: rule.code.to_owned(),
            severity: ["warning", "error"][number % 2].to_owned(),
            code: Some(code.to_string()),
            trade_date: Some(*day),
            subject: String::new(),
            message: format!("closes of {code} differ by 0.26 % on {day}: tushare 15.31, tdx 15.35"),
            details: json!({"tushare": {"close": 15.31, "raw_row": 1}, "tdx": {"close": 15.35, "raw_row": 798}}),
        };
        let record = FindingsRecord {
            check: "check_generation".to_owned(),
            generation: None,
            commit_seq: 0,
            checked_at: now + TimeDelta::seconds(number as i64),
            scope: FindingsScope { checks: vec![rule.code.to_owned()], dates: None, from_code: None, to_code: None },
            last: false,
            findings: about.map(row).collect(),
        };
        writer.record_findings(&record, now)?;
    }
    writer.publish(now)?;
    Ok(())
}

fn configuration(root: &Path, redis: &str) -> String {
    format!(
        r#"# written by the figures bench
[warehouse]
root = "{root}"

[queue]
redis_url = "{redis}"

[telemetry]
format = "json"

[warehouse-api]
listen = "127.0.0.1:0"
published = "{root}/published"
token_cache = "{root}/access-tokens.json"
tokens = [{{ name = "bench", token = "{API_TOKEN}", scopes = ["read", "admin"] }}]
"#,
        root = root.display(),
    )
}
