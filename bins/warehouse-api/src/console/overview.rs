//! `/console/overview`: what one looks at first in the morning. Is everything there, is it fresh, what is wrong.

mod attention;
mod calendar;
pub(super) mod facts;
mod generation;
mod sources;
mod tiles;

use axum::{extract::State, http::Uri, response::Response};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Visit,
    ui::{empty, live, panel},
};

use self::facts::Facts;
use super::pages::Pages;
use crate::query::Params;

/// The page.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    Params::parse(&uri, &[])?;
    let language = visit.language;
    let facts = Facts::now(&pages.app, visit.now).await?;
    let calendar = match &facts.generation {
        Some(generation) => {
            let source_days = pages.source_days(generation).await?;
            let grid = facts.grid(generation, &source_days);
            html! {
                (panel(language.say("Trading days", "交易日"), calendar::calendar(language, &grid)))
                (attention::panel(language, &grid))
            }
        }
        None => {
            let text = "Nothing is published yet: the calendar begins with the first generation.";
            panel(
                language.say("Trading days", "交易日"),
                empty(language.say(text, "尚未发布任何数据：首次发布后此处显示日历。")),
            )
        }
    };
    let body = html! {
        (live("/console/overview/now", 10, tiles::tiles(language, &facts)))
        (calendar)
        (live("/console/overview/sources", 30, sources::panel(language, &facts)))
        (generation::panels(language, &facts))
    };
    Ok(visit.page(language.say("Overview", "总览"), body))
}

/// The figures on top, for the script that renews them.
pub(super) async fn now(State(pages): State<Pages>, visit: Visit) -> Result<Response, Problem> {
    fragment(&pages, &visit, tiles::tiles).await
}

/// The sources, likewise.
pub(super) async fn sources(State(pages): State<Pages>, visit: Visit) -> Result<Response, Problem> {
    fragment(&pages, &visit, sources::panel).await
}

async fn fragment(
    pages: &Pages,
    visit: &Visit,
    part: fn(operator_console::Language, &Facts) -> Markup,
) -> Result<Response, Problem> {
    let facts = Facts::now(&pages.app, visit.now).await?;
    Ok(visit.fragment(part(visit.language, &facts)))
}
