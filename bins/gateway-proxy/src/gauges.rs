//! How channels, the queue and the books are, as gauges.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use route_policy::{ChannelState, ChannelStatus};
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

const EVERY: Duration = Duration::from_secs(5);

/// The gauges of a channel. All are 0 once it was removed.
const OF_CHANNELS: [(&str, &str); 8] = [
    ("gateway_channel_requests_minute", "Requests of the last 60 s"),
    ("gateway_channel_tokens_minute", "Tokens of the last 60 s"),
    ("gateway_channel_in_flight", "Attempts that run"),
    ("gateway_channel_healthy", "1 while the channel takes requests"),
    ("gateway_channel_budget_settled_cny", "Charged today"),
    ("gateway_channel_budget_reserved_cny", "Held for attempts that run"),
    ("gateway_channel_budget_leased_cny", "What the books let be spent today so far"),
    ("gateway_channel_budget_limit_cny", "Budget of the day; +Inf where there is no bound"),
];

/// Sets the gauges every few seconds until `shutdown`.
pub(crate) async fn keep(gateway: Arc<Gateway>, shutdown: CancellationToken) {
    describe();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = BTreeSet::new();
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        set(&gateway, &mut told);
    }
}

/// `told` are the channels of the look before: a gauge stands until it is set again, also of a channel that is no more.
fn set(gateway: &Gateway, told: &mut BTreeSet<Arc<str>>) {
    let (channels, waiting) = gateway.desk.read(|router, at| (router.status(at), router.waiting()));
    let there: BTreeSet<Arc<str>> = channels.iter().map(|channel| channel.name.clone()).collect();
    for gone in told.difference(&there) {
        OF_CHANNELS.iter().for_each(|(name, _)| metrics::gauge!(*name, "channel" => gone.to_string()).set(0.0));
    }
    *told = there;
    channels.iter().for_each(set_channel);
    metrics::gauge!("gateway_waiting").set(waiting as f64);
    let books = gateway.ledger.stats();
    metrics::gauge!("gateway_ledger_pending_rows").set(books.pending as f64);
    metrics::gauge!("gateway_ledger_in_trouble").set(f64::from(u8::from(books.trouble.is_some())));
    metrics::counter!("gateway_ledger_rows_total").absolute(books.written_rows);
}

fn set_channel(channel: &ChannelStatus) {
    let gauge = |name: &'static str, value: f64| {
        metrics::gauge!(name, "channel" => channel.name.to_string()).set(value);
    };
    gauge("gateway_channel_requests_minute", channel.rpm.used as f64);
    gauge("gateway_channel_tokens_minute", channel.tpm.used as f64);
    gauge("gateway_channel_in_flight", f64::from(channel.in_flight));
    gauge("gateway_channel_healthy", f64::from(u8::from(channel.state == ChannelState::Healthy)));
    let budget = &channel.budget;
    gauge("gateway_channel_budget_settled_cny", budget.settled.as_f64());
    gauge("gateway_channel_budget_reserved_cny", budget.reserved.as_f64());
    gauge("gateway_channel_budget_leased_cny", budget.leased.as_f64());
    gauge("gateway_channel_budget_limit_cny", budget.limit.map_or(f64::INFINITY, |limit| limit.as_f64()));
}

fn describe() {
    for (name, what) in OF_CHANNELS {
        metrics::describe_gauge!(name, what);
    }
    metrics::describe_gauge!("gateway_waiting", "Requests that wait for their turn");
    metrics::describe_gauge!("gateway_ledger_pending_rows", "Records that wait for the disk");
    metrics::describe_gauge!("gateway_ledger_in_trouble", "1 while the books cannot be written");
    metrics::describe_counter!("gateway_ledger_rows_total", "Records written");
    metrics::describe_counter!("gateway_leases_total", "Leases asked of the books, by outcome");
    metrics::describe_counter!("gateway_channel_events_total", "Changes of channels, by kind");
    metrics::describe_counter!("gateway_probes_total", "Probes by channel and outcome");
    metrics::describe_counter!("gateway_written_off_total", "Leases that a crash turned into spending, by channel");
    metrics::describe_counter!("gateway_task_panics_total", "Tasks that panicked and were begun again");
    metrics::describe_gauge!("gateway_prices_ok", "0 while the price table's file cannot be used");
    metrics::describe_gauge!("gateway_price_rows", "Rows of the price table in use");
    metrics::describe_gauge!("gateway_balance_cny", "What an account said it holds when it was asked last");
    metrics::describe_gauge!("gateway_balance_drift_cny", "Billed beyond our books between an account's last readings");
}
