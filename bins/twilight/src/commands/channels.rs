//! `twilight channels`: the gateway's upstream keys, what was asked of them and what that cost.

mod audit;
mod change;
mod list;
mod prices;
mod probe;
mod reconcile;
mod request;
mod requests;
mod show;
mod text;
mod usage;

use clap::Subcommand;
use daemon_kit::config::Config;

use super::gateway_api::GatewayApi;
use crate::table::Output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// All channels: how they are, and what they used today.
    List,
    /// Everything about one channel; its key never.
    Show(show::Show),
    /// Takes a channel into service; whatever rested about it is tried again.
    Enable(change::Enable),
    /// Takes a channel out of service; what runs on it comes to its end.
    Disable(change::Disable),
    /// Sets what a channel may cost a day.
    SetBudget(change::SetBudget),
    /// Sets a channel's place in the order.
    SetOrder(change::SetOrder),
    /// Removes a stored channel with its key; one of the configuration is removed there.
    Remove(change::Remove),
    /// Asks a channel for a sign of life, free of charge.
    Probe(probe::Probe),
    /// What became of requests, the newest first.
    Requests(requests::Requests),
    /// One request: every channel that was considered, and why it lost; every charge.
    Request(request::Request),
    /// Who spent what.
    Usage(usage::Usage),
    /// Who changed what, the newest first.
    Audit(audit::Audit),
    /// The prices in use, and what is wrong with their file.
    Prices(prices::Prices),
    /// The accounts' own balances beside the gateway's books.
    Reconcile,
}

pub(crate) async fn run(command: Command, config: &Config, output: Output) -> anyhow::Result<()> {
    let gateway = GatewayApi::open(config)?;
    match command {
        Command::List => list::run(&gateway, output).await,
        Command::Show(show) => show.run(&gateway, output).await,
        Command::Enable(enable) => enable.run(&gateway, output).await,
        Command::Disable(disable) => disable.run(&gateway, output).await,
        Command::SetBudget(budget) => budget.run(&gateway, output).await,
        Command::SetOrder(order) => order.run(&gateway, output).await,
        Command::Remove(remove) => remove.run(&gateway, output).await,
        Command::Probe(probe) => probe.run(&gateway, output).await,
        Command::Requests(requests) => requests.run(&gateway, output).await,
        Command::Request(request) => request.run(&gateway, output).await,
        Command::Usage(usage) => usage.run(&gateway, output).await,
        Command::Audit(audit) => audit.run(&gateway, output).await,
        Command::Prices(prices) => prices.run(&gateway, output).await,
        Command::Reconcile => reconcile::run(&gateway, output).await,
    }
}
