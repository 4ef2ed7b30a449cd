//! What becomes of the forms: the same jobs that the JSON routes push.

use axum::{Extension, extract::State, response::Response};
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::{JobState, Pushed};
use operator_console::{Fields, Language, Visit};

use super::HERE;
use crate::{
    console::pages::Pages,
    query::Params,
    routes::{
        admin_ingest::{backfill_request, backfill_request::BackfillRequest, work},
        admin_quality::{self, CheckRequest},
    },
};

/// Asks for one fetch.
pub(super) async fn run(
    State(pages): State<Pages>,
    visit: Visit,
    Extension(request_id): Extension<RequestId>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&["what", "date", "period", "series"])?;
    let what = fields.require("what")?;
    let (source, dataset) = what.split_once('/').unwrap_or((what, ""));
    let mut pairs = given(&fields, &["date", "period", "series"]);
    pairs.push(("source".to_owned(), source.to_owned()));
    if !dataset.is_empty() {
        pairs.push(("dataset".to_owned(), dataset.to_owned()));
    }
    let pushed = work::request(&pages.app, &Params::of_form(pairs), request_id.as_str()).await;
    answer(&visit, pushed.map(|(_, pushed)| pushed))
}

/// Asks for whole histories.
pub(super) async fn backfill(
    State(pages): State<Pages>,
    visit: Visit,
    Extension(request_id): Extension<RequestId>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(backfill_request::FIELDS)?;
    let asked = BackfillRequest::from_params(&Params::of_form(given(&fields, backfill_request::FIELDS)));
    let pushed = asked.request(&pages.app, request_id.as_str()).await;
    answer(&visit, pushed.map(|(_, pushed)| pushed))
}

/// Asks for the checks.
pub(super) async fn check(
    State(pages): State<Pages>,
    visit: Visit,
    Extension(request_id): Extension<RequestId>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(admin_quality::FIELDS)?;
    let asked = CheckRequest::from_params(&Params::of_form(given(&fields, admin_quality::FIELDS)))?;
    let pushed = asked.request(&pages.app, request_id.as_str()).await;
    answer(&visit, pushed.map(|(.., pushed)| pushed))
}

/// The fields that were filled in.
fn given(fields: &Fields, names: &[&str]) -> Vec<(String, String)> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), fields.get(name)?.to_owned()))).collect()
}

/// Back to the forms with what became of it. A queue that is away, and a twin that waits or runs, are no fault of the form.
fn answer(visit: &Visit, pushed: Result<Pushed, Problem>) -> Result<Response, Problem> {
    let language = visit.language;
    match pushed {
        Ok(Pushed::New { id }) => {
            tracing::info!(operator = &*visit.operator, job.id = id, "{id} asked for by {}", visit.operator);
            Ok(visit.done(HERE, format!("{} {id}", language.say("In the queue:", "已入队："))))
        }
        Ok(Pushed::Coalesced { with, state }) => Ok(visit.failed(HERE, twin(language, &with, state))),
        Ok(Pushed::Duplicate { id, state }) => Ok(visit.failed(HERE, twin(language, &id, state))),
        Err(problem) if problem.kind() == "queue-unreachable" => {
            let text = "The job queue did not answer; nothing was asked for, or it was: look at the queue before you ask again.";
            Ok(visit
                .failed(HERE, language.say(text, "任务队列没有响应；请求可能已提交也可能没有，重试前请先查看队列。")))
        }
        Err(problem) => Err(problem),
    }
}

fn twin(language: Language, id: &str, state: JobState) -> String {
    match language {
        Language::English => format!("Nothing was added: {id} does the same, and is {state}."),
        Language::Chinese => format!("未添加：{id} 执行相同的工作，状态为 {state}。"),
    }
}
