//! `twilight status`: the whole system on one screen.
//!
//! Everything is asked at once, each question within `status.timeout_ms`; what does not answer is a line of the answer. No
//! secret is shown. Exit codes: 0 everything is well, 1 somebody should look, 3 something is down.

mod channels;
mod daemons;
mod disks;
mod health;
mod metrics;
mod published;
mod queues;
mod report;
mod show;

use daemon_kit::{clock::Clock, config::Config};

use self::{health::Health, report::Report};
use crate::{ended::Ended, table::Output};

pub(crate) async fn run(config: &Config, output: Output) -> anyhow::Result<()> {
    let report = Report::of(config, &Clock::system()).await?;
    output.print(&report, show::screen)?;
    match report.health {
        Health::Ok => Ok(()),
        health => Err(Ended(health.exit_code()).into()),
    }
}
