//! `/console/jobs/{queue}/job/{id}`: everything about one job.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use job_queue::{JobDetail, JobState, QueueError};
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{self, Level, badge, moment},
};
use serde_json::Value;

use super::{list, named};
use crate::{
    console::{pages::Pages, words::absent},
    job_queues::unreachable,
    query::Params,
};

/// A payload may list thousands of codes.
const PAYLOAD_CHARS: usize = 20_000;

/// The page.
pub(super) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path((queue, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    Params::parse(&uri, &[])?;
    let queue = named(&pages.app, &queue)?;
    let language = visit.language;
    let job = queue.show(&id).await.map_err(|error| match error {
        QueueError::NotFound(_) => {
            let detail = format!("the queue `{}` has no job `{}`", queue.name(), daemon_kit::body::shown(&id));
            Problem::new(StatusCode::NOT_FOUND, "unknown-job", "There is no such job", detail).field("id")
        }
        error => {
            tracing::warn!(queue = queue.name(), job.id = id, error = %error, "show a job: {error}");
            unreachable()
        }
    })?;
    let body = html! {
        @if job.summary.state == JobState::Dead { div.actions { (list::buttons(&visit, queue.name(), &job.summary.id)) } }
        (ui::panel(language.say("State", "状态"), facts(language, &job)))
        @if let Some(error) = &job.summary.error {
            (ui::panel(language.say("Error of the last attempt", "最近一次错误"), html! { pre { (error) } }))
        }
        (ui::panel(language.say("Payload", "内容"), json(language, job.payload.as_ref())))
        @if let Some(result) = &job.result {
            (ui::panel(language.say("Result", "结果"), json(language, Some(result))))
        }
    };
    let lead = html! {
        a href={ "/console/jobs/" (queue.name()) "?state=" (job.summary.state) } { (language.say("Queue", "队列")) " " (queue.name()) }
    };
    Ok(visit.page_with(Page { title: job.summary.id.clone(), lead: Some(lead), body, status: StatusCode::OK }))
}

fn facts(language: Language, job: &JobDetail) -> Markup {
    let summary = &job.summary;
    let level = match summary.state {
        JobState::Done => Level::Ok,
        JobState::Dead => Level::Bad,
        JobState::Retrying => Level::Warn,
        JobState::Waiting | JobState::Delayed | JobState::Running => Level::Info,
    };
    let at = |at: Option<DateTime<Utc>>| match at {
        Some(at) => moment(at),
        None => absent(language.say("it has not happened", "尚未发生")),
    };
    html! {
        dl.facts {
            dt { (language.say("State", "状态")) }
            dd {
                @if summary.state == JobState::Retrying { (badge(level, language.say("retrying", "重试中"))) }
                @else { (badge(level, super::queues::state_name(language, summary.state))) }
            }
            dt { (language.say("Kind", "类型")) } dd { (kind(job)) }
            dt { (language.say("Attempts", "尝试次数")) } dd { (summary.attempts) }
            dt { (language.say("Started, and died with its process", "启动次数 / 随进程崩溃")) } dd { (job.starts) " / " (job.crashes) }
            dt { (language.say("Pushed", "入队于")) } dd { (at(summary.pushed_at)) }
            dt { (language.say("Ready", "可执行于")) } dd { (at(summary.ready_at)) }
            dt { (language.say("Last attempt began", "最近开始于")) } dd { (at(summary.started_at)) }
            dt { (language.say("Ended", "结束于")) } dd { (at(summary.finished_at)) }
            @if let Some(key) = &summary.coalesce_key {
                dt { (language.say("Joined with others of", "合并键")) } dd { code.mono { (key) } }
            }
        }
    }
}

/// What the payload says it does, or what the id begins with.
fn kind(job: &JobDetail) -> &str {
    let named = job.payload.as_ref().and_then(|payload| payload.get("job")).and_then(Value::as_str);
    named.unwrap_or_else(|| list::kind(&job.summary.id))
}

fn json(language: Language, value: Option<&Value>) -> Markup {
    let Some(value) = value else {
        return ui::empty(
            language.say("The payload is lost: the job cannot be sent again.", "内容已丢失：无法重新发送。"),
        );
    };
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    match text.char_indices().nth(PAYLOAD_CHARS) {
        None => html! { pre { (text) } },
        Some((end, _)) => html! {
            pre { (text[..end]) "…" }
            p.hint { (language.say("Shortened; `twilight jobs show` prints all of it.", "已截断；可用 `twilight jobs show` 查看全部。")) }
        },
    }
}
