//! `twilight enqueue`: puts a job into its queue, or joins a twin that waits or runs.

use chrono::NaiveDate;
use clap::Subcommand;
use daemon_kit::{config::Config, request_id::RequestId};
use job_queue::{
    Push,
    payload::{
        GatewayJob, IngestJob, QualityJob, RegistryJob,
        queue_name::{GATEWAY, INGEST, PROVISION, QUALITY},
    },
};
use market_model::Code;
use serde::{Serialize, de::DeserializeOwned};

use super::send::Sender;
use crate::{table::Output, usage::usage};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    job: Job,
    /// Wait until the job is done, and fail if it ends in the dead letters.
    #[arg(long, global = true)]
    wait: bool,
}

#[derive(Subcommand)]
enum Job {
    /// Calendar, instruments and the corporate actions of the coming days.
    FetchReference {
        /// The vendor.
        #[arg(long, default_value = "tushare")]
        source: String,
    },
    /// Everything about one trading day; of yahoo and alpha_vantage, what is watched abroad up to that day.
    FetchDailyMarket {
        /// The vendor: tushare, tdx, yahoo or alpha_vantage.
        #[arg(long, default_value = "tushare")]
        source: String,
        /// The day, YYYY-MM-DD.
        #[arg(long)]
        date: NaiveDate,
    },
    /// What companies reported about a quarter.
    FetchFundamentals {
        /// The vendor: tushare or tdx.
        #[arg(long, default_value = "tushare")]
        source: String,
        /// The quarter's last day, YYYY-MM-DD.
        #[arg(long)]
        period: NaiveDate,
        /// Of these companies only, separated by commas.
        #[arg(long, value_delimiter = ',')]
        codes: Vec<Code>,
    },
    /// Macroeconomic series.
    FetchMacro {
        /// The vendor.
        #[arg(long, default_value = "aktools")]
        source: String,
        /// One series; all that are configured without it.
        #[arg(long)]
        series: Option<String>,
    },
    /// Whole histories, resumed where they stopped; see `twilight backfill`.
    BackfillHistory(Backfill),
    /// The next base from base and tail.
    Compact,
    /// Drop stored features and log entries that are older than their retention.
    ExpireFeatures,
    /// Run every quality rule over days of the current generation (queue `quality`); see `twilight quality check`.
    CheckGeneration {
        /// At least this generation; whatever is current without it.
        #[arg(long)]
        generation: Option<u64>,
        /// The days, YYYY-MM-DD, separated by commas; the whole history without it.
        #[arg(long, value_delimiter = ',')]
        dates: Vec<NaiveDate>,
    },
    /// Judge by the clock whether every source has brought what is due (queue `quality`).
    CheckFreshness,
    /// Ask one of the gateway's channels for a sign of life (queue `gateway`); see `twilight channels probe`.
    ProbeChannel {
        /// The channel's name.
        #[arg(long, value_parser = channel_name)]
        channel: String,
    },
    /// Read the gateway's price table again (queue `gateway`).
    ReloadPrices,
    /// Compare the upstream accounts' balances with the gateway's books (queue `gateway`).
    ReconcileBalances,
    /// Move an order of the profile registry on, whatever it waits for (queue `provision`).
    ProvisionProfile {
        /// The order's number.
        #[arg(long, value_parser = order_number)]
        order: String,
    },
    /// Suspend now every profile whose paid time and grace are over (queue `provision`).
    SuspendLapsed,
}

/// What a backfill is about.
#[derive(clap::Args)]
pub(crate) struct Backfill {
    /// The vendor: tdx or tushare.
    #[arg(long, default_value = "tdx")]
    pub(crate) source: String,
    /// First day, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) from: NaiveDate,
    /// Last day, YYYY-MM-DD.
    #[arg(long)]
    pub(crate) to: NaiveDate,
    /// These codes only, separated by commas; every listed one without it.
    #[arg(long, value_delimiter = ',')]
    pub(crate) codes: Vec<Code>,
}

impl Backfill {
    /// Refuses days in the wrong order.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let Self { from, to, .. } = self;
        if from <= to { Ok(()) } else { Err(usage(format!("--from {from} is after --to {to}"))) }
    }
}

pub(crate) async fn run(args: Args, config: &Config, output: Output) -> anyhow::Result<()> {
    let request = RequestId::generate();
    match payload(args.job)? {
        Payload::Ingest(job) => {
            let (id, key) = (job.id_on_request(request.as_str()), job.coalesce_key());
            send(Sender::open(config, INGEST, output)?, (&id, &key), &job, args.wait).await
        }
        Payload::Quality(job) => {
            let (id, key) = (job.id_on_request(request.as_str()), job.coalesce_key());
            send(Sender::open(config, QUALITY, output)?, (&id, &key), &job, args.wait).await
        }
        Payload::Gateway(job) => {
            let (id, key) = (job.id_on_request(request.as_str()), job.coalesce_key());
            send(Sender::open(config, GATEWAY, output)?, (&id, &key), &job, args.wait).await
        }
        Payload::Registry(job) => {
            let (id, key) = (job.id_on_request(request.as_str()), job.coalesce_key());
            send(Sender::open(config, PROVISION, output)?, (&id, &key), &job, args.wait).await
        }
    }
}

async fn send<T: Serialize + DeserializeOwned>(
    sender: Sender<T>,
    (id, key): (&str, &str),
    job: &T,
    wait: bool,
) -> anyhow::Result<()> {
    let id = sender.send(Push::id(id).coalesce(key), job).await?;
    if wait { sender.wait(&id).await } else { Ok(()) }
}

/// A job and, with it, its queue.
enum Payload {
    Ingest(IngestJob),
    Quality(QualityJob),
    Gateway(GatewayJob),
    Registry(RegistryJob),
}

/// The job that the command line names.
fn payload(job: Job) -> anyhow::Result<Payload> {
    let job = match job {
        Job::FetchReference { source } => IngestJob::FetchReference { source },
        Job::FetchDailyMarket { source, date } => IngestJob::FetchDailyMarket { source, trade_date: date },
        Job::FetchFundamentals { source, period, codes } => {
            IngestJob::FetchFundamentals { source, period, codes: named(&codes) }
        }
        Job::FetchMacro { source, series } => IngestJob::FetchMacro { source, series },
        Job::BackfillHistory(backfill) => {
            backfill.check()?;
            let Backfill { source, from, to, codes } = backfill;
            IngestJob::BackfillHistory { source, codes: named(&codes), from, to, part: 0 }
        }
        Job::Compact => IngestJob::Compact,
        Job::ExpireFeatures => IngestJob::ExpireFeatures,
        Job::CheckGeneration { generation, dates } => {
            let dates = (!dates.is_empty()).then_some(dates);
            return Ok(Payload::Quality(QualityJob::CheckGeneration { generation, dates }));
        }
        Job::CheckFreshness => return Ok(Payload::Quality(QualityJob::CheckFreshness {})),
        Job::ProbeChannel { channel } => return Ok(Payload::Gateway(GatewayJob::ProbeChannel { channel })),
        Job::ReloadPrices => return Ok(Payload::Gateway(GatewayJob::ReloadPrices {})),
        Job::ReconcileBalances => return Ok(Payload::Gateway(GatewayJob::ReconcileBalances {})),
        Job::ProvisionProfile { order } => return Ok(Payload::Registry(RegistryJob::ProvisionProfile { order })),
        Job::SuspendLapsed => return Ok(Payload::Registry(RegistryJob::SuspendLapsed {})),
    };
    Ok(Payload::Ingest(job))
}

/// What may be a channel's name: no other one is worth a job.
fn channel_name(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if (1..=64).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err("no name of a channel: letters, digits and hyphens, at most 64".to_owned())
}

/// What may be an order's number at the registry.
fn order_number(text: &str) -> Result<String, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if (6..=32).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err("no order's number: 6 to 32 letters, digits, hyphens and underscores".to_owned())
}

fn named(codes: &[Code]) -> Option<Vec<String>> {
    (!codes.is_empty()).then(|| codes.iter().map(ToString::to_string).collect())
}
