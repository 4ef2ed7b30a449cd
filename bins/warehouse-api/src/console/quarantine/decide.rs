//! Releases and discards: the same jobs as `POST /admin/quarantine/*` sends, under the operator's name.

use axum::{Extension, extract::State, response::Response};
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::payload::{Decision, WarehouseWriteJob};
use operator_console::{Fields, Language, Visit};

use super::{PATH, pending::Asked};
use crate::{
    console::{pages::Pages, words::counted},
    routes::admin_quarantine::decision,
};

/// `POST /console/quarantine/release`.
pub(super) async fn release(
    State(pages): State<Pages>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let decision = read(&fields, &visit, fields.get("force").is_some())?;
    send(&pages, &visit, &fields, &request_id, decision, true).await
}

/// `POST /console/quarantine/discard`.
pub(super) async fn discard(
    State(pages): State<Pages>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    // The box that forces a release stands beside this button too; it says nothing here.
    let decision = read(&fields, &visit, false)?;
    send(&pages, &visit, &fields, &request_id, decision, false).await
}

/// Unlike the API, a page demands a reason: whoever finds the row later asks for it.
fn read(fields: &Fields, visit: &Visit, force: bool) -> Result<Decision, Problem> {
    fields.only(&["id", "note", "force", "back"])?;
    let ids: Vec<String> = fields.all("id").map(str::to_owned).collect();
    if ids.is_empty() {
        let language = visit.language;
        let detail = language.say("tick the rows that you decide about", "请勾选要处理的行");
        return Err(Problem::invalid("id", detail));
    }
    let note = fields.require("note")?.to_owned();
    decision(Some(ids), Some(note), force, &visit.operator)
}

async fn send(
    pages: &Pages,
    visit: &Visit,
    fields: &Fields,
    request_id: &RequestId,
    decision: Decision,
    release: bool,
) -> Result<Response, Problem> {
    let path = match (fields.get("back"), &decision.ids[..]) {
        (Some("entry"), [only]) => format!("{PATH}/{only}"),
        _ => PATH.to_owned(),
    };
    let language = visit.language;
    let ids = decision.ids.clone();
    let job = if release {
        WarehouseWriteJob::ReleaseQuarantine(decision)
    } else {
        WarehouseWriteJob::DiscardQuarantine(decision)
    };
    match pages.app.jobs.write(&job, request_id.as_str()).await {
        Ok(_) => {}
        // Nothing is wrong with the form: it may be sent again, and a second decision finds nothing left to do.
        Err(problem) if problem.kind() == "queue-unreachable" => {
            let english = "The job queue did not answer: nothing is asked for as far as anybody knows. Decide again once it is back.";
            return Ok(
                visit.failed(&path, language.say(english, "任务队列没有响应，请求很可能未送达。恢复后请重新提交。"))
            );
        }
        Err(problem) => return Err(problem),
    }
    tracing::info!(
        operator = &*visit.operator,
        release,
        ids = ids.len(),
        "{} decided about the quarantine",
        visit.operator
    );
    pages.kept.pending.add(&ids, &Asked { release, by: visit.operator.clone(), at: visit.now });
    let rows = counted(language, ids.len() as u64, "row", "rows", "行");
    let message = match (language, release) {
        (Language::English, true) => format!("Release of {rows} asked for: it shows after the next publish."),
        (Language::English, false) => format!("Discarding {rows} asked for: it shows after the next publish."),
        (Language::Chinese, true) => format!("已请求放行 {rows}，下次发布后可见。"),
        (Language::Chinese, false) => format!("已请求丢弃 {rows}，下次发布后可见。"),
    };
    Ok(visit.done(&path, message))
}
