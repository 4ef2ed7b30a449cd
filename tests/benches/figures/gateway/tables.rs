//! The tables and the goals.

use super::{
    load::Spread,
    ours,
    rounds::{Found, MANY, MANY_STREAMS, STREAMS},
};
use crate::report::{Report, Table, short};

/// Fills the report.
pub(super) fn fill(report: &mut Report, all: &[Found]) {
    let Some(direct) = all.iter().find(|found| !found.stands_between) else { return };
    report.fact("rounds", "5, the best of each; added is the difference to the provider itself");
    report.table(answers(all, direct));
    report.table(streams(all, direct));
    report.table(memory(all));
    goals(report, all, direct);
}

fn answers(all: &[Found], direct: &Found) -> Table {
    let mut table = Table::new(
        format!("Whole answers; at one client and at {MANY}"),
        [
            "",
            "p50 µs",
            "p99 µs",
            "added p50 µs",
            "added p99 µs",
            "at 64: p50 µs",
            "at 64: p99 µs",
            "at 64: added p50 µs",
            "at 64: added p99 µs",
            "requests/s (wrk, 64)",
            "processor µs",
        ],
    );
    for found in all {
        let (one, many) = (added(found, found.one, direct.one), added(found, found.many, direct.many));
        table.row([
            found.name.to_owned(),
            short(found.one.p50),
            short(found.one.p99),
            one.0,
            one.1,
            short(found.many.p50),
            short(found.many.p99),
            many.0,
            many.1,
            found.per_second.map(short).unwrap_or_default(),
            found.processor_us.map(short).unwrap_or_default(),
        ]);
    }
    table
}

fn streams(all: &[Found], direct: &Found) -> Table {
    let mut table = Table::new(
        format!(
            "Streams; the delay of a frame from its sending to its arrival, and {STREAMS} streams of {} frames at {} ms",
            MANY_STREAMS.frames,
            MANY_STREAMS.interval.as_millis()
        ),
        [
            "",
            "first token added p50 µs",
            "first token added p99 µs",
            "frame added p50 µs",
            "frame added p99 µs",
            "streams whole",
            "frame p50 ms",
            "frame p99 ms",
            "frame max ms",
            "took s",
        ],
    );
    for found in all {
        let first = added(found, found.first_token, direct.first_token);
        let (Some(frame), Some(direct_frame), Some(many)) = (found.frame, direct.frame, found.streamed) else {
            continue;
        };
        let frame = added(found, frame, direct_frame);
        table.row([
            found.name.to_owned(),
            first.0,
            first.1,
            frame.0,
            frame.1,
            format!("{} of {STREAMS}", many.whole),
            short(many.delay.p50 / 1e3),
            short(many.delay.p99 / 1e3),
            short(many.delay.max / 1e3),
            short(many.took.as_secs_f64()),
        ]);
    }
    table
}

fn memory(all: &[Found]) -> Table {
    let mut table = Table::new("Memory, resident, MB, all processes together", ["", "idle", "peak"]);
    for found in all.iter().filter(|found| found.stands_between) {
        table.row([found.name.to_owned(), short(found.idle_mb), short(found.peak_mb)]);
    }
    table
}

/// What was added at p50 and p99; nothing for the provider itself.
fn added(found: &Found, its: Spread, direct: Spread) -> (String, String) {
    if found.stands_between { (short(its.p50 - direct.p50), short(its.p99 - direct.p99)) } else { Default::default() }
}

fn goals(report: &mut Report, all: &[Found], direct: &Found) {
    let of = |name: &str| all.iter().find(|found| found.name.starts_with(name));
    let (Some(plain), Some(governed)) = (of(ours::PLAIN.name), of(ours::GOVERNED.name)) else { return };
    let added_p99 = |found: &Found| found.one.p99 - direct.one.p99;
    report.below("governed: added at one client, p99", added_p99(governed), 300.0, "µs");
    for rival in ["LiteLLM", "Portkey"] {
        if let Some(found) = of(rival) {
            report.below(format!("the same, as against {rival}"), added_p99(governed), added_p99(found).round(), "µs");
        }
    }
    if let (Some(nginx), Some(plain)) = (of("nginx").and_then(|nginx| nginx.per_second), plain.per_second) {
        report.at_least("plain: requests/s, of nginx's", plain / nginx * 100.0, 60.0, "%");
    }
    if let (Some(plain), Some(governed)) = (plain.per_second, governed.per_second) {
        report.at_least("governed: requests/s, of plain's", governed / plain * 100.0, 85.0, "%");
    }
    let first_token = governed.first_token.p99 - direct.first_token.p99;
    report.below("governed: added to the first token, p99", first_token / 1e3, 1.0, "ms");
    report.below("governed: memory when idle", governed.idle_mb, 25.0, "MB");
}
