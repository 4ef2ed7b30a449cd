//! What the looks at a backfill say: how long each phase took, who used the processors, how much memory the worker had.

use super::watch::{Course, Look, Phase};
use crate::{machine::ProcessorTime, report::Table};

pub(super) fn phases_table() -> Table {
    Table::new(
        "Where the time goes; processor seconds of both processors",
        ["answers", "phase", "s", "worker, processor s", "servers, processor s", "servers' share", "processors busy"],
    )
}

/// A row for each phase, and one for all.
pub(super) fn add_phases(table: &mut Table, name: &str, course: &Course) {
    let looks = &course.looks;
    let (first, last) = (&looks[0], &looks[looks.len() - 1]);
    let begin = |phase: Phase| looks.iter().find(|look| look.phase >= phase).unwrap_or(last);
    let mut row = |phase: &str, from: &Look, to: &Look| {
        let seconds = (to.at - from.at).as_secs_f64();
        let spent = |of: fn(&Look) -> ProcessorTime| of(to).since(of(from)).as_secs_f64();
        let (worker, servers) = (spent(|look| look.worker), spent(|look| look.servers));
        table.row([
            name.to_owned(),
            phase.to_owned(),
            format!("{seconds:.1}"),
            format!("{worker:.1}"),
            format!("{servers:.1}"),
            format!("{:.0} %", 100.0 * servers / (worker + servers).max(0.01)),
            format!("{:.2}", (worker + servers) / seconds.max(0.01)),
        ]);
    };
    for (at, phase) in Phase::ALL.into_iter().enumerate() {
        let to = Phase::ALL.get(at + 1).map_or(last, |next| begin(*next));
        let from = if at == 0 { first } else { begin(phase) };
        row(phase.name(), from, to);
    }
    row("all", first, last);
}

pub(super) fn memory_table() -> Table {
    Table::new(
        "Memory of ingest-worker, MB",
        [
            "answers",
            "phase",
            "at",
            "resident",
            "its own",
            "mapped files",
            "peak of the phase, resident",
            "peak, its own",
        ],
    )
}

/// What is looked at more closely: the tenth part, half, everything.
const PARTS: [f64; 3] = [0.1, 0.5, 1.0];

pub(super) fn add_memory(table: &mut Table, name: &str, course: &Course) {
    for phase in [Phase::Fetching, Phase::Assembling, Phase::Publishing] {
        let looks: Vec<&Look> = course.looks.iter().filter(|look| look.phase == phase).collect();
        let peak = |of: fn(&Look) -> f64| format!("{:.0}", looks.iter().map(|look| of(look)).fold(0.0, f64::max));
        let mut row = |at: String, look: &Look| {
            table.row([
                name.to_owned(),
                phase.name().to_owned(),
                at,
                format!("{:.0}", resident(look)),
                format!("{:.0}", look.memory.own_mb),
                format!("{:.0}", look.memory.mapped_mb),
                peak(resident),
                peak(|look| look.memory.own_mb),
            ]);
        };
        for part in PARTS {
            if let Some(look) = at_part(course, phase, part) {
                row(format!("{:.0} %", part * 100.0), look);
            }
        }
        if let Some(last) = looks.last() {
            row("end".to_owned(), last);
        }
    }
}

/// Resident memory at everything over that at a tenth, for both phases that go through the codes.
pub(super) fn growths(course: &Course) -> Vec<(&'static str, f64)> {
    let growth = |phase| Some(resident(at_part(course, phase, 1.0)?) / resident(at_part(course, phase, 0.1)?));
    let phases = [("fetching", Phase::Fetching), ("assembling", Phase::Assembling)];
    phases.into_iter().filter_map(|(name, phase)| Some((name, growth(phase)?))).collect()
}

/// The first look of the phase at which that much was done. The worker does not always say that the last bit is.
fn at_part(course: &Course, phase: Phase, part: f64) -> Option<&Look> {
    let told = || course.looks.iter().filter(|look| look.phase == phase).filter_map(|look| Some((look, look.done?)));
    let most = told().map(|(_, done)| done).fold(0.0, f64::max);
    told().find(|(_, done)| *done >= part.min(most)).map(|(look, _)| look)
}

fn resident(look: &Look) -> f64 {
    look.memory.own_mb + look.memory.mapped_mb
}
