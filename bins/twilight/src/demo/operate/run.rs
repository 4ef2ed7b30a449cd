//! The play: push, push again, serve, compare, rehearse, look.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    backup::{self, Restored},
    configuration,
    tool::{done, twilight},
};
use crate::demo::{daemon::Daemon, questions::Asker, stage::Stage};

/// Codes that are asked of the replica and of the primary.
const COMPARED: usize = 25;
/// Pushes again, where the primary goes on publishing.
const PUSHES: u32 = 8;
/// How long the replica's API may take to serve what was pushed.
const ADOPTED_WITHIN: Duration = Duration::from_secs(30);
/// `twilight status` ends with it where something is down.
const SOMETHING_IS_DOWN: i32 = 3;

/// What happened.
pub(crate) struct Operated {
    /// The generation that was copied, the bytes that moved, and how long it took with verifying.
    pub(crate) pushed: (u64, u64, Duration),
    /// Codes whose bars the replica's API told as the primary's did.
    pub(crate) compared: usize,
    /// Rows that the drill read back, and how long it took.
    pub(crate) drill: (u64, Duration),
    /// What was backed up, and restored elsewhere.
    pub(crate) backup: Restored,
    /// What `twilight status` says: its verdict, daemons that are ready, problems that it names.
    pub(crate) status: (String, usize, usize),
    /// The file to run further commands with.
    pub(crate) config: PathBuf,
}

/// Fails where the copy is not the same, or a daemon is down. `daemons` are those that run, by name.
pub(crate) async fn run(stage: &Stage, daemons: &[(&str, &str)], api: &str) -> anyhow::Result<Operated> {
    let replica = stage.folder.join("replica");
    let config = stage.folder.join("operators.toml");
    let text = fs::read_to_string(&stage.config).context("read the configuration")?;
    let recipient = backup::recovery_identity(&stage.folder)?;
    let text = text + &configuration::operators(&replica, &stage.folder.join("backup"), &recipient, daemons);
    fs::write(&config, text).context("write the configuration")?;

    let begun = Instant::now();
    let first = done(&config, &["replica", "push"]).await?;
    let took = begun.elapsed();
    let number =
        |answer: &Value, field: &str| answer[field].as_u64().with_context(|| format!("no {field} in {answer}"));

    let theirs = stage.folder.join("replica.toml");
    fs::write(&theirs, configuration::replicas(&replica, &stage.redis.url())).context("write the configuration")?;
    let served = Daemon::start("warehouse-api", &theirs, &replica).await?;
    let compared = compare(stage, &config, api, &served.url).await?;
    served.stop().await?;

    let drill = done(&theirs, &["replica", "drill"]).await?;
    anyhow::ensure!(drill["passed"] == true, "the drill: {drill}");

    let backup = backup::run(&stage.folder, &config).await?;

    let (code, status) = twilight(&config, &["status"]).await?;
    anyhow::ensure!(code < SOMETHING_IS_DOWN, "something is down: {status}");
    let ready = status["daemons"].as_array().into_iter().flatten().filter(|daemon| daemon["state"] == "ready").count();
    anyhow::ensure!(ready == daemons.len(), "{ready} of {} daemons are ready: {status}", daemons.len());
    Ok(Operated {
        pushed: (number(&first, "generation")?, number(&first, "moved_bytes")?, took),
        compared,
        drill: (number(&drill, "verified_rows")?, Duration::from_millis(number(&drill, "elapsed_ms")?)),
        backup,
        status: (
            status["health"].as_str().unwrap_or_default().to_owned(),
            ready,
            status["problems"].as_array().map_or(0, Vec::len),
        ),
        config,
    })
}

/// Asks both for all bars of some codes. The primary may have published again meanwhile, as it fetches by itself what it lacks:
/// where they differ for that reason it is pushed again.
async fn compare(stage: &Stage, config: &Path, primary: &str, replica: &str) -> anyhow::Result<usize> {
    let (primary, replica) = (Asker::new(primary)?, Asker::new(replica)?);
    let codes = stage.market.codes();
    let step = (codes.len() / COMPARED).max(1);
    let (mut compared, mut pushes) = (0, 0);
    for code in codes.iter().step_by(step).take(COMPARED) {
        let path = format!("/warehouse/daily?code={code}");
        loop {
            let (here, there) = (primary.get(&path).await?, replica.get(&path).await?);
            anyhow::ensure!(there["rows"].as_array().is_some(), "{code}: {there}");
            if here["rows"] == there["rows"] {
                break;
            }
            let is_the_same = here["generation"] == there["generation"];
            anyhow::ensure!(!is_the_same && pushes < PUSHES, "{code}: the replica tells something else");
            pushes += 1;
            let pushed = done(config, &["replica", "push"]).await?["generation"].as_u64();
            tokio::time::timeout(ADOPTED_WITHIN, adopted(&replica, &path, pushed))
                .await
                .with_context(|| format!("the replica's API does not serve generation {pushed:?}"))??;
        }
        compared += 1;
    }
    Ok(compared)
}

/// Waits until `replica` answers from generation `pushed`, or a later one.
async fn adopted(replica: &Asker, path: &str, pushed: Option<u64>) -> anyhow::Result<()> {
    while replica.get(path).await?["generation"].as_u64() < pushed {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
