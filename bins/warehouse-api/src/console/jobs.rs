//! `/console/jobs`: every queue of the system, what the ingest worker does, and the dead letters.

mod actions;
mod job;
mod list;
mod look;
mod queues;
pub(super) mod runs;

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use daemon_kit::problem::Problem;
use job_queue::Queue;
use maud::html;
use operator_console::{Visit, ui::live};
use serde_json::Value;

use super::pages::Pages;
use crate::{app::App, query::Params};

/// A page does not wait longer for Redis: what has not answered by then is asked again by the script.
const AT_ONCE: Duration = Duration::from_millis(40);

/// A part of a page may wait so long: the queues' own patience ends first.
const PATIENTLY: Duration = Duration::from_secs(3);

/// The pages about jobs.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/console/jobs", get(page))
        .route("/console/jobs/queues", get(queues))
        .route("/console/jobs/runs", get(runs))
        .route("/console/jobs/{queue}", get(list::page))
        .route("/console/jobs/{queue}/job/{id}", get(job::page))
        .route("/console/jobs/{queue}/retry", post(actions::retry))
        .route("/console/jobs/{queue}/retry-all", post(actions::retry_all))
        .route("/console/jobs/{queue}/forget", post(actions::forget))
}

/// The page.
async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let params = Params::parse(&uri, &["wait"])?;
    let patience = if params.choice("wait", &[("false", false), ("true", true)])? { PATIENTLY } else { AT_ONCE };
    let language = visit.language;
    let seen = look::at_all(&pages.app, patience).await;
    let status = runs::status(&pages.app).await?;
    let is_silent = seen.iter().any(look::Seen::is_silent);
    let body = html! {
        (live("/console/jobs/queues", if is_silent { 1 } else { 3 }, queues::panel(&visit, &seen)))
        (live("/console/jobs/runs", 5, runs::panels(language, visit.now, status.as_ref())))
    };
    Ok(visit.page(language.say("Jobs", "任务"), body))
}

/// The queues, for the script that renews them.
async fn queues(State(pages): State<Pages>, visit: Visit) -> Response {
    let seen = look::at_all(&pages.app, PATIENTLY).await;
    visit.fragment(queues::panel(&visit, &seen))
}

/// What the ingest worker does, likewise.
async fn runs(State(pages): State<Pages>, visit: Visit) -> Result<Response, Problem> {
    let status = runs::status(&pages.app).await?;
    Ok(visit.fragment(runs::panels(visit.language, visit.now, status.as_ref())))
}

/// The queue `name`.
///
/// # Errors
/// 404 for a queue that there is not.
fn named<'a>(app: &'a App, name: &str) -> Result<&'a Queue<Value>, Problem> {
    app.jobs.every().iter().find(|queue| queue.name() == name).ok_or_else(|| {
        let detail = format!("there is no queue `{}`", daemon_kit::body::shown(name));
        let names = app.jobs.every().iter().map(Queue::name);
        Problem::new(axum::http::StatusCode::NOT_FOUND, "unknown-queue", "There is no such queue", detail)
            .field("queue")
            .allowed(names)
    })
}

/// Where the job `id` of a queue is shown.
fn href_of(queue: &str, id: &str) -> String {
    let mut href = format!("/console/jobs/{queue}/job/");
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b':' | b',' => {
                href.push(char::from(byte));
            }
            _ => href.push_str(&format!("%{byte:02X}")),
        }
    }
    href
}
