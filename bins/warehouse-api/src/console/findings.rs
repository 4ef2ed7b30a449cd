//! `/console/findings`: what the checks found, by rule and day, and one by one.

mod evidence;
mod filter;
mod list;
mod matrix;
mod raw_row;
mod show;
mod values;

use axum::{Router, extract::State, http::Uri, response::Response, routing::get};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{
    Visit,
    ui::{next_page, panel},
};

use self::{filter::Asked, matrix::Matrix};
pub(super) use self::{raw_row::vendors_row, values::values};
use super::pages::Pages;

/// Where the pages are.
pub(super) const PATH: &str = "/console/findings";

pub(super) fn routes() -> Router<Pages> {
    Router::new().route(PATH, get(page)).route("/console/findings/{id}", get(show::page))
}

/// The matrix, the filter and a page of the list.
async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let generation = pages.app.generation()?;
    let asked = Asked::parse(&uri, &generation)?;
    let days = pages.finding_days(&generation).await?;
    let matrix = Matrix::of(&days, &asked);
    let (reader, wanted) = (generation.clone(), asked.filter.clone());
    let found = pages.app.queries.run(move || reader.findings(&wanted)).await?;
    let next = found.next.map(|cursor| asked.link(&[("cursor", Some(&cursor.to_string()))]));
    let body = html! {
        (panel(language.say("By rule and day", "按规则与日期"), matrix.render(language, &asked)))
        section.panel {
            h2 { (language.say("One by one", "逐条列表")) }
            (asked.form(language))
            (list::table(language, &generation, &found.findings, visit.now))
            (next_page(language, next.as_deref()))
        }
    };
    Ok(visit.page(language.say("Findings", "问题"), body))
}
