//! The screen.

use chrono::{DateTime, Utc};

use super::{
    daemons::{Daemon, State},
    published::{Published, Source},
    queues::QueueState,
    report::Report,
};
use crate::{
    commands::age::age,
    table::{count, instant, table},
};

/// The report as a person reads it: what is wrong first.
pub(super) fn screen(report: &Report) -> String {
    let mut parts = vec![head(report)];
    parts.extend(report.problems.iter().map(|problem| {
        let manual = format!("{}#{}", report.runbook, problem.section);
        format!("{:4}  {}: {} ({manual})", problem.health.word(), problem.about, problem.text)
    }));
    parts.push(table(["daemon", "state", "version", "memory", "address"], report.daemons.iter().map(daemon)));
    let queues = report.queues.iter().map(queue);
    parts.push(table(["queue", "waiting", "delayed", "running", "dead", "workers", "oldest", "redis"], queues));
    for published in report.published.iter().flatten() {
        parts.push(data(published, report.at));
    }
    if let Some(channels) = report.channels.as_ref().filter(|channels| !channels.is_empty()) {
        let rows = channels.iter().map(|channel| {
            let state = if channel.is_off { "off".to_owned() } else { channel.state.clone() };
            let yuan = [&channel.settled_cny, &channel.budget_cny].map(|yuan| yuan.clone().unwrap_or("-".to_owned()));
            [channel.name.clone(), state, yuan.join(" / ")]
        });
        parts.push(table(["channel", "state", "¥ today"], rows));
    }
    if let Some(orders) = &report.orders {
        let states = orders.by_state.iter().map(|(state, count)| format!("{count} {state}"));
        let states = states.collect::<Vec<_>>().join(", ");
        let states = if states.is_empty() { "none".to_owned() } else { states };
        parts.push(format!("orders: {states}; {} parked", orders.parked));
    }
    let disks = report.disks.iter().flatten().map(|disk| {
        let used = disk.used_percent.map_or_else(|| "-".to_owned(), |used| format!("{used:.1} %"));
        let left = disk.available_bytes.map_or_else(|| "-".to_owned(), gigabytes);
        [disk.folder.display().to_string(), used, left]
    });
    parts.push(table(["disk of", "used", "left"], disks));
    parts.join("\n")
}

fn head(report: &Report) -> String {
    let problems = match report.problems.len() {
        0 => "everything is well".to_owned(),
        1 => "one thing to look at".to_owned(),
        many => format!("{many} things to look at"),
    };
    format!("{}  {}  {problems}", report.health.word(), instant(Some(report.at)))
}

fn daemon(daemon: &Daemon) -> [String; 5] {
    let none = || "-".to_owned();
    let state = match daemon.state {
        State::Ready => "ready",
        State::NotReady => "not ready",
        State::Down => "DOWN",
        State::Off => "off",
        State::Unknown => "port unknown: [status]",
    };
    [
        daemon.name.to_owned(),
        state.to_owned(),
        daemon.version.clone().unwrap_or_else(none),
        daemon.memory_bytes.map_or_else(none, |bytes| format!("{:.0} MB", bytes as f64 / 1e6)),
        daemon.url.as_ref().map_or_else(none, ToString::to_string),
    ]
}

fn queue(queue: &QueueState) -> [String; 8] {
    let Some(counts) = &queue.counts else {
        let gone = || "?".to_owned();
        return [queue.name.to_owned(), gone(), gone(), gone(), gone(), gone(), gone(), queue.redis.clone()];
    };
    let numbers = [counts.waiting, counts.delayed, counts.running, counts.dead, counts.workers];
    let [waiting, delayed, running, dead, workers] = numbers.map(count);
    let oldest = if counts.waiting == 0 { "-".to_owned() } else { format!("{} s", counts.oldest_waiting_s) };
    [queue.name.to_owned(), waiting, delayed, running, dead, workers, oldest, queue.redis.clone()]
}

/// A generation in two lines, and its sources: those that are as they should be together, the others by themselves.
fn data(published: &Published, now: DateTime<Utc>) -> String {
    let since =
        |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(now - at)));
    let generation = published.generation.map_or_else(|| "no generation".to_owned(), |n| format!("generation {n}"));
    let day = published.last_trade_date.map(|day| format!(", last day {day}")).unwrap_or_default();
    let mut lines = vec![
        format!(
            "{generation} in {}, published {}{day}; ingest side reported {}",
            published.folder.display(),
            since(published.published_at),
            since(published.reported_at)
        ),
        format!(
            "open findings: {} errors, {} warnings; days withheld: {}; jobs under way: {}",
            published.open_errors, published.open_warnings, published.withheld_days, published.running_jobs
        ),
    ];
    if let Some(replica) = &published.replica {
        let age =
            replica.age_s.map_or_else(|| "never".to_owned(), |s| format!("{} ago", age(chrono::TimeDelta::seconds(s))));
        let drill = replica
            .drill
            .map(|(at, passed)| format!("; last drill {}{}", since(Some(at)), if passed { "" } else { ", failed" }));
        let drill = drill.unwrap_or_default();
        lines.push(format!("replica: {}; in step {age}, verified {}{drill}", replica.from, since(replica.verified_at)));
    }
    let (fresh, others): (Vec<&Source>, Vec<&Source>) =
        published.sources.iter().partition(|source| !source.stale && !source.overdue);
    if !published.sources.is_empty() {
        let others = others.iter().map(|source| {
            let state = if source.overdue { "OVERDUE" } else { "stale" };
            format!("; {}/{} {state}, last {}", source.source, source.dataset, since(source.last_success_at))
        });
        lines.push(format!("sources: {} fresh{}", fresh.len(), others.collect::<String>()));
    }
    lines.join("\n") + "\n"
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}
