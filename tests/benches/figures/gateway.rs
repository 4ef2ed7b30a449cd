//! `gateway`: what gateway-proxy adds to a request, plain and governed, beside nginx, LiteLLM and Portkey.
//!
//! What is measured has two processors for itself; the load generator, `wrk` and the simulated provider have two others.
//! Everybody is asked in turn, in several rounds, and the best round of each counts, the provider's own included: what a
//! gateway adds is the difference to asking the provider directly.

mod client;
mod contents;
mod load;
mod others;
mod ours;
mod question;
mod rounds;
mod stamped;
mod subject;
mod tables;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use job_queue::private_redis::RedisServer;
use tokio::process::Command;

use self::subject::{Subject, free_address};
use crate::{
    daemon::{self, Daemon},
    machine,
    place::Place,
    report::Report,
};

/// Measures.
///
/// # Errors
/// When something does not start, or refuses an answer.
pub(crate) async fn run(place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::new("gateway");
    report.fact("command", "gateway-proxy --config twilight.toml; examples/llm --port …; wrk -t2 -c64 -s chat.lua");
    report.fact("processors", machine::describe_apart());
    report.fact("load average before", machine::load_average());
    let folder = place.logs()?.join("gateway");
    std::fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;

    machine::pin(machine::LOAD);
    let redis = RedisServer::start().await.context("start redis-server")?;
    let provider = free_address()?;
    let fast = provider_at(provider, &folder).await?;
    machine::pin(machine::MEASURED);
    let subjects = subjects(&mut report, provider, &redis.url(), place, &folder).await?;
    machine::pin(machine::LOAD);

    let script = script(&folder)?;
    let mut found = rounds::whole_answers(&subjects, &script).await?;
    for subject in subjects.iter().filter(|subject| subject.name.starts_with(ours::GOVERNED.name)) {
        report.fact(&format!("{}: records lost", subject.name), ours::lost_records(subject).await?);
    }
    fast.kill().await?;
    rounds::streams(&subjects, provider, &mut found).await?;
    for (subject, found) in subjects.iter().zip(&mut found) {
        found.peak_mb = subject.peak_mb()?;
    }
    drop(subjects);
    machine::confine();

    tables::fill(&mut report, &found);
    report.fact("load average after", machine::load_average());
    Ok(report)
}

/// The simulated provider as a process of its own.
async fn provider_at(address: SocketAddr, folder: &Path) -> anyhow::Result<Daemon> {
    let mut command = Command::new(daemon::binary("examples/llm")?);
    command.args(["--port", &address.port().to_string()]);
    let mut provider = Daemon::spawn("llm", command, folder)?;
    provider.wait_for(|line| line.starts_with("http://").then_some(())).await?;
    Ok(provider)
}

async fn subjects(
    report: &mut Report,
    provider: SocketAddr,
    redis: &str,
    place: &Place,
    folder: &Path,
) -> anyhow::Result<Vec<Subject>> {
    let mut subjects = vec![Subject::direct(provider)];
    for kind in [ours::PLAIN, ours::GOVERNED, ours::LOGGED] {
        subjects.push(ours::start(kind, provider, redis, folder).await?);
    }
    let others = [
        ("nginx", others::nginx(provider, folder).await?),
        ("LiteLLM", others::litellm(provider, place, folder).await?),
        ("Portkey", others::portkey(provider, place, folder).await?),
    ];
    for (name, other) in others {
        match other {
            Some(other) => subjects.push(other),
            None => report.fact(name, "not measured: not installed, see benches/peers/setup.sh"),
        }
    }
    Ok(subjects)
}

/// The question for `wrk`; the caller's token comes by the environment.
fn script(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("chat.lua");
    let text = format!(
        "wrk.method = \"POST\"\nwrk.path = \"{}\"\nwrk.body = '{}'\nwrk.headers[\"content-type\"] = \"application/json\"\n\
         for line in os.getenv(\"HEADERS\"):gmatch(\"[^\\r\\n]+\") do\n  \
         local name, value = line:match(\"([^:]+): (.*)\")\n  wrk.headers[name] = value\nend\n",
        question::PATH,
        question::body(false)
    );
    std::fs::write(&file, text).context("write wrk's script")?;
    Ok(file)
}
