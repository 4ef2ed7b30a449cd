//! What an operator does about dead letters. Each deed is in the log, with who did it.

use axum::{
    extract::{Path, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use job_queue::{JobState, QueueError};
use operator_console::{Fields, Language, Visit};

use super::named;
use crate::console::pages::Pages;

/// So much of a payload is in the log.
const PAYLOAD_CHARS: usize = 2_000;

/// Sends one dead letter again.
pub(super) async fn retry(
    State(pages): State<Pages>,
    visit: Visit,
    Path(queue): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["id"])?;
    let (queue, id) = (named(&pages.app, &queue)?, fields.require("id")?);
    let back = format!("/console/jobs/{}", queue.name());
    Ok(match queue.retry_dead(id).await {
        Ok(()) => {
            tracing::info!(operator = &*visit.operator, queue = queue.name(), job.id = id, "{id} sent again");
            visit.done(&back, format!("{} {id}", visit.language.say("Sent again:", "已重新发送：")))
        }
        Err(error) => visit.failed(&back, told(visit.language, &error)),
    })
}

/// Sends every dead letter of a queue again.
pub(super) async fn retry_all(
    State(pages): State<Pages>,
    visit: Visit,
    Path(queue): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let queue = named(&pages.app, &queue)?;
    let back = format!("/console/jobs/{}", queue.name());
    Ok(match queue.retry_all_dead().await {
        Ok(sent) => {
            let count = sent.len();
            tracing::info!(operator = &*visit.operator, queue = queue.name(), count, jobs = ?sent, "{count} dead letters sent again");
            visit.done(
                &back,
                format!("{} {count}", visit.language.say("Dead letters sent again:", "已重新发送的死信数：")),
            )
        }
        Err(error) => visit.failed(&back, told(visit.language, &error)),
    })
}

/// Gives up on one dead letter.
pub(super) async fn forget(
    State(pages): State<Pages>,
    visit: Visit,
    Path(queue): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["id"])?;
    let (queue, id) = (named(&pages.app, &queue)?, fields.require("id")?);
    let back = format!("/console/jobs/{}", queue.name());
    // What is forgotten is nowhere else: the log keeps it.
    let payload = queue.show(id).await.ok().and_then(|job| job.payload);
    let payload = payload.map(|payload| payload.to_string().chars().take(PAYLOAD_CHARS).collect::<String>());
    Ok(match queue.forget_dead(id).await {
        Ok(()) => {
            tracing::info!(operator = &*visit.operator, queue = queue.name(), job.id = id, payload, "{id} forgotten");
            visit.done(&back, format!("{} {id}", visit.language.say("Forgotten:", "已丢弃：")))
        }
        Err(error) => visit.failed(&back, told(visit.language, &error)),
    })
}

/// Why nothing was done.
fn told(language: Language, error: &QueueError) -> String {
    match (error, language) {
        (QueueError::NotFound(id), Language::English) => format!("The queue has no job {id} any more."),
        (QueueError::NotFound(id), Language::Chinese) => format!("队列中已没有任务 {id}。"),
        (QueueError::WrongState { id, state, .. }, Language::English) => {
            format!("{id} is {state}, not {}: nothing was changed.", JobState::Dead)
        }
        (QueueError::WrongState { id, state, .. }, Language::Chinese) => {
            format!("{id} 的状态是 {state}，不是 {}：未作更改。", JobState::Dead)
        }
        (error, Language::English) => format!("The queue did not do it: {error}"),
        (error, Language::Chinese) => format!("队列未执行：{error}"),
    }
}
