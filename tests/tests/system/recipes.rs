//! What the operations manual says about jobs without our tools, done as it says.

use std::{process::Command, time::Duration};

use job_queue::{
    JobState,
    payload::{GatewayJob, IngestJob, QualityJob, RegistryJob, WarehouseWriteJob},
};
use serde::{Serialize, de::DeserializeOwned};
use system_tests::{Stage, market, run, within};

const MANUAL: &str = include_str!("../../../docs/operations.md");
const BOUND: Duration = Duration::from_secs(60);

/// The lines between the first line that ends in `begin` and the next that is `end`.
fn block(begin: &str, end: &str) -> Vec<&'static str> {
    let lines = MANUAL.lines().skip_while(|line| !line.ends_with(begin)).skip(1);
    lines.take_while(|line| *line != end).collect()
}

/// The name of a job that one of the workers reads, and its text as the programs write it.
fn read(text: &str) -> Result<(&'static str, String), String> {
    fn as_job<T: Serialize + DeserializeOwned>(
        text: &str,
        name: fn(&T) -> &'static str,
    ) -> Result<(&'static str, String), String> {
        let job: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok((name(&job), serde_json::to_string(&job).map_err(|error| error.to_string())?))
    }
    as_job(text, IngestJob::name)
        .or_else(|_| as_job(text, QualityJob::name))
        .or_else(|_| as_job(text, GatewayJob::name))
        .or_else(|_| as_job(text, RegistryJob::name))
        .or_else(|_| as_job(text, WarehouseWriteJob::name))
}

#[test]
fn every_job_text_of_the_manual_is_one_a_worker_reads() {
    let texts: Vec<&str> = MANUAL.lines().filter(|line| line.starts_with(r#"{"version":1"#)).collect();
    let mut kinds: Vec<&str> = Vec::new();
    for text in &texts {
        let (kind, written) = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(written, *text, "the manual spells it as the programs do");
        kinds.push(kind);
    }
    kinds.sort_unstable();
    kinds.dedup();
    // Findings are recorded by quality-worker alone: nobody types them.
    let all = [
        "backfill_history",
        "check_freshness",
        "check_generation",
        "compact",
        "discard_quarantine",
        "expire_features",
        "fetch_daily_market",
        "fetch_fundamentals",
        "fetch_macro",
        "fetch_reference",
        "probe_channel",
        "provision_profile",
        "reconcile_balances",
        "release_quarantine",
        "reload_prices",
        "suspend_lapsed",
    ];
    assert_eq!(kinds, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_three_redis_commands_of_the_manual_run_a_job() {
    let stage = Stage::new(&market(20, 3)).await;
    let worker = stage.worker().await;
    let day = stage.days(1)[0].to_string();
    let commands = block("redis-cli <<'EOF'", "EOF").join("\n").replace("2026-11-20", &day);
    assert!(commands.contains("RPUSH ingest:active"), "{commands}");
    let file = stage.folder().join("commands");
    std::fs::write(&file, commands + "\n").unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec redis-cli -u \"$1\" <\"$2\"", "sh", &stage.redis.url()]).arg(file);
    let said = run(shell, BOUND).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!said.stdout.contains("ERR"), "{said:?}");
    within(BOUND, "the job is done", async || {
        let job = stage.queue.show("op-1").await.ok()?;
        assert_ne!(job.summary.state, JobState::Dead, "{job:?}");
        (job.summary.state == JobState::Done).then_some(())
    })
    .await;
    assert_eq!(stage.published_days().into_iter().next().map(|day| day.to_string()), Some(day));
    worker.stop().await;
}
