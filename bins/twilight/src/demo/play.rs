//! The demo from start to end.

use std::path::PathBuf;

use daemon_kit::{clock::Clock, shutdown};
use tokio::time::Instant;

use super::{
    daemon::Daemon, damage::Damage, elsewhere, gateway, ingest, operate, profiles, quality, questions, search,
    stage::Stage, summary,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// End after the checks; exit code 0 when all is well.
    #[arg(long)]
    pub(super) once: bool,
    /// Trading days before those, as whole histories from TDX.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(0..=2_500))]
    pub(super) history: u32,
    /// Trading days to ingest one by one from Tushare; 60 and more fill every feature.
    #[arg(long, default_value_t = 62, value_parser = clap::value_parser!(u32).range(1..=2_500))]
    pub(super) days: u32,
    /// Codes in the simulated market.
    #[arg(long, default_value_t = 5_500, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(10..=20_000))]
    pub(super) codes: usize,
    /// Seed of the simulated market.
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
    /// Keep everything in this folder instead of a temporary one.
    #[arg(long)]
    pub(super) folder: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let ended = shutdown::on_signals()?;
    let running = tokio::select! {
        outcome = play(&args) => outcome?,
        () = ended.cancelled() => anyhow::bail!("interrupted"),
    };
    if !args.once {
        println!("\nStays up until Ctrl-C.");
        ended.cancelled().await;
        println!("Stopping.");
    }
    running.registry.stop().await?;
    running.gateway.stop().await?;
    running.api.stop().await?;
    running.checker.stop().await?;
    running.worker.stop().await
}

/// What stays up after the checks. Dropping it ends everything.
struct Running {
    worker: Daemon,
    checker: Daemon,
    api: Daemon,
    gateway: Daemon,
    registry: Daemon,
    /// Redis, the vendors and the folder live as long as the daemons.
    _stage: Stage,
}

async fn play(args: &Args) -> anyhow::Result<Running> {
    let begun = Instant::now();
    let Args { codes, days, history, .. } = args;
    println!("Twilight demo: {codes} codes over {history} + {days} trading days, simulated vendors, real daemons.");
    let (stage, ports) = Stage::set(args, Clock::system().now()).await?;
    println!("  folder   {}", stage.folder.display());
    println!("  redis    {} (private)", stage.redis.url());
    for (name, address) in stage.vendors.addresses() {
        println!("  vendor   {address} (simulated {name})");
    }
    println!("  vendor   {} (simulated SearXNG)", stage.searxng.address());
    println!("  vendor   {} (simulated DashScope, {} keys)", stage.llm.address(), stage.llm.keys().len());
    let worker = Daemon::start("ingest-worker", &stage.config, &stage.folder).await?;
    println!("  daemon   ingest-worker {}", worker.url);
    println!("  alerts   {} (a webhook of this demo's)", stage.receiver.webhook_url());
    let checker = Daemon::start("quality-worker", &stage.config, &stage.folder).await?;
    println!("  daemon   quality-worker {}", checker.url);
    drop(ports.gateway);
    let relay = Daemon::start("gateway-proxy", &stage.config, &stage.folder).await?;
    println!("  daemon   gateway-proxy {}", relay.url);
    drop(ports.api);
    let api = Daemon::start("warehouse-api", &stage.config, &stage.folder).await?;
    println!("  daemon   warehouse-api {}", api.url);
    drop(ports.registry);
    let registry = Daemon::start("profile-registry", &stage.config, &stage.folder).await?;
    println!("  daemon   profile-registry {}", registry.url);

    let damage = Damage::choose(&stage)?;
    let ingested = ingest::run(&stage, &damage, &worker).await?;
    let published = stage.published();
    let verified = tokio::task::spawn_blocking(move || warehouse::verify(&published, None)).await??;
    anyhow::ensure!(verified.is_whole(), "the generation is damaged: {}", verified.problems.join("; "));
    let answers = questions::run(&stage, &api.url).await?;
    let elsewhere = elsewhere::run(&stage, &damage, &api.url).await?;
    let checked = quality::run(&stage, &damage, &api.url, &checker).await?;
    let relayed = gateway::run(&stage.llm, &relay).await?;
    let searched = search::run(&stage.searxng, &relay, &api).await?;
    let provisioned = profiles::run(&stage.folder, &stage.wechat, &registry, &relay, &api).await?;
    let daemons = [
        ("ingest-worker", &*worker.url),
        ("quality-worker", &checker.url),
        ("warehouse-api", &api.url),
        ("gateway-proxy", &relay.url),
        ("profile-registry", &registry.url),
    ];
    let operated = operate::run(&stage, &daemons, &api.url).await?;
    let happened = summary::Happened {
        ingested: &ingested,
        verified: &verified,
        answers: &answers,
        elsewhere: &elsewhere,
        checked: &checked,
        relayed: &relayed,
        searched: &searched,
        provisioned: &provisioned,
        operated: &operated,
    };
    summary::print(
        &stage,
        &happened,
        &summary::Served { api: &api.url, gateway: &relay.url, registry: &registry.url },
        begun.elapsed(),
    );
    Ok(Running { worker, checker, api, gateway: relay, registry, _stage: stage })
}
