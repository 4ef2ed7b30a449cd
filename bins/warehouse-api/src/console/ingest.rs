//! `/console/ingest`: asks the workers for a fetch, for whole histories, or for the checks; and how far a backfill is.

mod forms;
mod progress;
mod send;

use axum::{
    Router,
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{Visit, ui::live};

use super::{jobs, pages::Pages};
use crate::query::Params;

/// Where the forms are.
const HERE: &str = "/console/ingest";

/// The page and what its forms are sent to.
pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route(HERE, get(page))
        .route("/console/ingest/progress", get(progress))
        .route("/console/ingest/run", post(send::run))
        .route("/console/ingest/backfill", post(send::backfill))
        .route("/console/ingest/check", post(send::check))
}

/// The page.
async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    Params::parse(&uri, &[])?;
    let status = jobs::runs::status(&pages.app).await?;
    let body = html! {
        (live("/console/ingest/progress", 3, progress::panel(visit.language, visit.now, status.as_ref())))
        div.columns {
            (forms::run(&visit))
            (forms::check(&visit))
        }
        (forms::backfill(&visit))
    };
    Ok(visit.page(visit.language.say("Ingest", "采集"), body))
}

/// How far a backfill is, for the script that renews it.
async fn progress(State(pages): State<Pages>, visit: Visit) -> Result<Response, Problem> {
    let status = jobs::runs::status(&pages.app).await?;
    Ok(visit.fragment(progress::panel(visit.language, visit.now, status.as_ref())))
}
