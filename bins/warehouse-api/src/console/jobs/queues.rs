//! The table of queues.

use job_queue::{JobState, Stats};
use maud::{Markup, html};
use operator_console::{
    Language, Text, Visit,
    ui::{self, Level, badge, lasting},
};

use super::look::{Answer, Seen};
use crate::console::words::{absent, count};

/// What works on a queue.
fn worker(queue: &str) -> &'static str {
    use job_queue::payload::queue_name::{GATEWAY, INGEST, PROVISION, QUALITY, WAREHOUSE_WRITE};
    match queue {
        INGEST | WAREHOUSE_WRITE => "ingest-worker",
        QUALITY => "quality-worker",
        GATEWAY => "gateway-proxy",
        PROVISION => "profile-registry",
        _ => "",
    }
}

/// The columns of jobs by their state.
const STATES: [(JobState, Text); 5] = [
    (JobState::Waiting, Text { en: "Waiting", zh: "等待" }),
    (JobState::Running, Text { en: "Running", zh: "运行中" }),
    (JobState::Delayed, Text { en: "Scheduled", zh: "已排期" }),
    (JobState::Done, Text { en: "Done", zh: "完成" }),
    (JobState::Dead, Text { en: "Dead", zh: "死信" }),
];

/// The name of a state, as in the columns.
pub(super) fn state_name(language: Language, state: JobState) -> &'static str {
    let wanted = if state == JobState::Retrying { JobState::Delayed } else { state };
    STATES.iter().find(|(known, _)| *known == wanted).map_or("", |(_, name)| language.text(*name))
}

/// The states that a list can show.
pub(super) fn states() -> impl Iterator<Item = JobState> {
    STATES.iter().map(|(state, _)| *state)
}

/// A row per queue.
pub(super) fn panel(visit: &Visit, seen: &[Seen]) -> Markup {
    let language = visit.language;
    let is_silent = seen.iter().any(Seen::is_silent);
    let body = html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Job queues", "任务队列")) }
                thead { tr {
                    th scope="col" { (language.say("Queue", "队列")) }
                    th scope="col" { (language.say("State", "状态")) }
                    @for (_, name) in STATES { th.num scope="col" { (language.text(name)) } }
                    th.num scope="col" { (language.say("Oldest waits", "最久等待")) }
                } }
                tbody { @for seen in seen { (row(language, seen)) } }
            }
        }
        @if is_silent {
            noscript {
                p { a.button href="/console/jobs?wait=true" { (language.say("Wait for the queues", "等待队列响应")) } }
            }
        }
    };
    ui::panel(language.say("Queues", "队列"), body)
}

fn row(language: Language, seen: &Seen) -> Markup {
    let state = language.say("State", "状态");
    let name = html! {
        th scope="row" {
            a href={ "/console/jobs/" (seen.name) } { (seen.name) }
            " " span.hint { (worker(&seen.name)) }
        }
    };
    match &seen.answer {
        Answer::There(stats) => html! {
            tr {
                (name)
                td data-label=(state) { (health(language, stats)) }
                @for (kind, title) in STATES {
                    @let number = counted(stats, kind);
                    td.num data-label=(language.text(title)) {
                        a href={ "/console/jobs/" (seen.name) "?state=" (kind) } {
                            @if kind == JobState::Dead && number > 0 { (badge(Level::Bad, &count(number))) }
                            @else { (count(number)) }
                        }
                    }
                }
                td.num data-label=(language.say("Oldest waits", "最久等待")) {
                    @match stats.oldest_waiting {
                        Some(age) => (lasting(language, i64::try_from(age.as_secs()).unwrap_or(i64::MAX))),
                        None => (absent(language.say("nothing waits", "没有等待中的任务"))),
                    }
                }
            }
        },
        Answer::Silent => html! {
            tr {
                (name)
                td data-label=(state) colspan="7" {
                    span { (badge(Level::Info, language.say("asking", "查询中"))) " " (seen.address) }
                }
            }
        },
        Answer::Away(why) => html! {
            tr {
                (name)
                td data-label=(state) colspan="7" { span { (badge(Level::Bad, language.say("unreachable", "无法连接"))) " " (why) } }
            }
        },
    }
}

fn counted(stats: &Stats, state: JobState) -> u64 {
    match state {
        JobState::Waiting => stats.waiting,
        JobState::Running => stats.running,
        JobState::Delayed | JobState::Retrying => stats.delayed,
        JobState::Done => stats.done,
        JobState::Dead => stats.dead,
    }
}

fn health(language: Language, stats: &Stats) -> Markup {
    let workers = crate::console::words::counted(language, stats.workers, "worker", "workers", "个工作进程");
    match (stats.workers, stats.waiting + stats.delayed) {
        (0, 0) => badge(Level::Off, language.say("no worker", "没有工作进程")),
        (0, _) => badge(Level::Bad, language.say("jobs wait, no worker", "有任务等待，无工作进程")),
        _ => badge(Level::Ok, &workers),
    }
}
