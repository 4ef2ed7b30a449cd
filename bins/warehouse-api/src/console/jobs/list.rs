//! `/console/jobs/{queue}`: the jobs of one queue in one state, dead ones unless told otherwise.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use daemon_kit::problem::Problem;
use job_queue::{JobState, JobSummary, Page as Jobs};
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{self, Level, Style, action, badge, moment, next_page},
};

use super::{
    PATIENTLY, href_of,
    look::Answer,
    named,
    queues::{state_name, states},
};
use crate::{
    console::{pages::Pages, words::absent},
    query::Params,
};

/// So many jobs stand on a page.
const PAGE: usize = 25;
/// So many characters of an error; the job's own page has all of it.
const ERROR_CHARS: usize = 240;
/// The column of figures.
const ATTEMPTS: usize = 2;
/// Nobody pages further.
const FROM_MOST: usize = 100_000;

/// The page.
pub(super) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path(queue): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let params = Params::parse(&uri, &["state", "from"])?;
    let queue = named(&pages.app, &queue)?;
    let language = visit.language;
    let names: Vec<_> = states().map(|state| (state.as_str(), state)).collect();
    let state = match params.get("state") {
        Some(_) => params.choice("state", &names)?,
        None => JobState::Dead,
    };
    let from = from(&params)?;
    let jobs = Answer::within(PATIENTLY, queue.list(state, from, PAGE)).await;
    let here = format!("/console/jobs/{}?state={state}", queue.name());
    let body = html! {
        nav.tabs aria-label=(language.say("States", "状态")) {
            @for other in states() {
                a href={ "/console/jobs/" (queue.name()) "?state=" (other) } aria-current=[(other == state).then_some("page")] {
                    (state_name(language, other))
                }
            }
        }
        @match &jobs {
            Answer::There(jobs) => (list(&visit, queue.name(), state, jobs)),
            away => (ui::panel(state_name(language, state), html! {
                p { (badge(Level::Bad, language.say("unreachable", "无法连接"))) " " (away.why()) }
                p { a.button href=(here) { (language.say("Ask again", "重试")) } }
            })),
        }
        @if let Answer::There(Jobs { next: Some(next), .. }) = &jobs {
            (next_page(language, Some(&format!("{here}&from={next}"))))
        }
    };
    let title = format!("{} {}", language.say("Queue", "队列"), queue.name());
    let lead = html! { a href="/console/jobs" { (language.say("All queues", "所有队列")) } };
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

fn from(params: &Params) -> Result<usize, Problem> {
    let Some(text) = params.get("from") else { return Ok(0) };
    text.parse().ok().filter(|from| *from <= FROM_MOST).ok_or_else(|| {
        let detail = format!("`{}` is no place in a list: a number up to {FROM_MOST}", daemon_kit::body::shown(text));
        Problem::invalid("from", detail)
    })
}

fn list(visit: &Visit, queue: &str, state: JobState, jobs: &Jobs) -> Markup {
    let language = visit.language;
    let title = state_name(language, state);
    if jobs.jobs.is_empty() {
        let text = if state == JobState::Dead {
            language.say("There is no dead letter.", "没有死信。")
        } else {
            language.say("There is no such job.", "没有此类任务。")
        };
        return ui::panel(title, ui::empty(text));
    }
    let columns = [
        language.say("Job", "任务"),
        language.say("Kind", "类型"),
        language.say("Attempts", "尝试次数"),
        when_name(language, state),
        language.say("Error", "错误"),
    ];
    html! {
        @if state == JobState::Dead {
            div.actions {
                (action(visit, &format!("/console/jobs/{queue}/retry-all"), language.say("Retry all dead letters", "重试全部死信"), Style::Primary, &[],
                    Some(language.say("Send every dead letter of this queue again?", "重新发送此队列的全部死信？"))))
            }
        }
        (ui::panel(title, html! {
            div.table-wrap {
                table.grid {
                    caption.visually-hidden { (queue) ": " (title) }
                    thead { tr {
                        @for (place, column) in columns.iter().enumerate() { th.num[place == ATTEMPTS] scope="col" { (column) } }
                        @if state == JobState::Dead { th scope="col" { (language.say("Actions", "操作")) } }
                    } }
                    tbody { @for job in &jobs.jobs { (row(visit, queue, state, columns, job)) } }
                }
            }
        }))
    }
}

/// Which moment of a job in such a state is shown.
fn when_name(language: Language, state: JobState) -> &'static str {
    match state {
        JobState::Waiting => language.say("Pushed", "入队于"),
        JobState::Delayed | JobState::Retrying => language.say("Runs at", "执行于"),
        JobState::Running => language.say("Began", "开始于"),
        JobState::Done | JobState::Dead => language.say("Ended", "结束于"),
    }
}

fn row(visit: &Visit, queue: &str, state: JobState, columns: [&str; 5], job: &JobSummary) -> Markup {
    let language = visit.language;
    let at = match state {
        JobState::Waiting => job.pushed_at,
        JobState::Delayed | JobState::Retrying => job.ready_at,
        JobState::Running => job.started_at,
        JobState::Done | JobState::Dead => job.finished_at,
    };
    html! {
        tr {
            th scope="row" { a href=(href_of(queue, &job.id)) { code { (job.id) } } }
            td data-label=(columns[1]) { (kind(&job.id)) }
            td.num data-label=(columns[2]) { (job.attempts) }
            td data-label=(columns[3]) {
                @match at {
                    Some(at) => (moment(at)),
                    None => (absent(language.say("the queue does not know", "队列没有记录"))),
                }
            }
            td data-label=(columns[4]) {
                @match &job.error {
                    Some(error) => span { (shortened(error)) },
                    None => (absent(language.say("no attempt failed", "没有失败的尝试"))),
                }
            }
            @if state == JobState::Dead {
                td data-label=(language.say("Actions", "操作")) { span { (buttons(visit, queue, &job.id)) } }
            }
        }
    }
}

/// What can be done about a dead letter.
pub(super) fn buttons(visit: &Visit, queue: &str, id: &str) -> Markup {
    let language = visit.language;
    html! {
        (action(visit, &format!("/console/jobs/{queue}/retry"), language.say("Retry", "重试"), Style::Plain, &[("id", id)], None))
        (action(visit, &format!("/console/jobs/{queue}/forget"), language.say("Forget", "丢弃"), Style::Danger, &[("id", id)],
            Some(language.say("Forget this job and its payload for good?", "永久丢弃此任务及其内容？"))))
    }
}

/// What a job does: its id begins with that.
pub(super) fn kind(id: &str) -> &str {
    id.split(['@', '#']).next().unwrap_or_default()
}

fn shortened(error: &str) -> String {
    match error.char_indices().nth(ERROR_CHARS) {
        Some((end, _)) => format!("{}…", &error[..end]),
        None => error.to_owned(),
    }
}
