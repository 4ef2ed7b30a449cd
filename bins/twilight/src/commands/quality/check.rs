//! `twilight quality check`.

use chrono::NaiveDate;
use chrono_tz::Asia::Shanghai;
use daemon_kit::{clock::Clock, config::Config, request_id::RequestId};
use job_queue::{
    Push,
    payload::{QualityJob, queue_name::QUALITY},
};

use crate::{
    commands::{published, send::Sender},
    table::Output,
    usage::usage,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    what: What,
    /// Wait until it is done, and fail if it ends in the dead letters.
    #[arg(long)]
    wait: bool,
}

/// Exactly one of them.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// These days, YYYY-MM-DD, separated by commas.
    #[arg(long = "date", value_delimiter = ',')]
    dates: Vec<NaiveDate>,
    /// The whole history.
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: Args, config: &Config, output: Output) -> anyhow::Result<()> {
    let today = Clock::system().now().with_timezone(&Shanghai).date_naive();
    if let Some(date) = args.what.dates.iter().find(|date| **date > today) {
        return Err(usage(format!("{date} is in the future; it is {today} in Shanghai")));
    }
    let sender = Sender::open(config, QUALITY, output)?;
    let generation = published::current(config)?.number();
    let mut dates = args.what.dates;
    dates.sort_unstable();
    dates.dedup();
    let dates = (!args.what.all).then_some(dates);
    let job = QualityJob::CheckGeneration { generation: Some(generation), dates };
    let (id, key) = (job.id_on_request(RequestId::generate().as_str()), job.coalesce_key());
    let id = sender.send(Push::id(&id).coalesce(&key), &job).await?;
    if args.wait { sender.wait(&id).await } else { Ok(()) }
}
