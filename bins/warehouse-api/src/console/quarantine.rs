//! `/console/quarantine`: the rows that were refused, and what is decided about them.

mod decide;
mod filter;
mod list;
mod pending;
mod show;
mod states;

use axum::{
    Router,
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{
    Visit,
    ui::{next_page, panel},
};

use self::filter::Asked;
pub(super) use self::pending::Pending;
use super::pages::Pages;

/// Where the pages are.
const PATH: &str = "/console/quarantine";

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route(PATH, get(page))
        .route("/console/quarantine/release", post(decide::release))
        .route("/console/quarantine/discard", post(decide::discard))
        .route("/console/quarantine/{id}", get(show::page))
}

/// The filter and a page of the list, with the form that decides about the rows that are ticked.
async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let generation = pages.app.generation()?;
    let asked = Asked::parse(&uri, &generation)?;
    let (reader, wanted) = (generation.clone(), asked.filter.clone());
    let found = pages.app.queries.run(move || reader.quarantine(&wanted)).await?;
    let next = found.next.map(|cursor| asked.link(&[("cursor", Some(&cursor.to_string()))]));
    let pending = pages.kept.pending.of(&found.rows, visit.now);
    let body = html! {
        (panel(language.say("Rows that were refused", "被拒绝的数据行"), html! {
            (asked.form(language))
            (list::form(&visit, &generation, &found.rows, &pending))
            (next_page(language, next.as_deref()))
        }))
    };
    Ok(visit.page(language.say("Quarantine", "隔离区"), body))
}
