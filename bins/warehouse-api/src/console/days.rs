//! `/console/days/{date}`: one trading day. What every source brought, what is missing, what was found.

mod findings;
pub(super) mod missing;
mod sources;

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use chrono::{Datelike as _, NaiveDate};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{Level, Style, action, badge},
};
use warehouse::Generation;

use super::{
    day_grid::{self, Standing},
    overview::facts::Facts,
    pages::Pages,
};
use crate::query::{Params, read_date};

/// The page.
pub(super) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path(date): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    Params::parse(&uri, &[])?;
    let date = read_date("date", &date)?;
    let language = visit.language;
    let generation = pages.app.generation()?;
    let facts = Facts::now(&pages.app, visit.now).await?;
    let sources = sources::of(&pages, &generation, &facts, date).await?;
    let found = findings::of(&pages, &generation, date).await?;
    let body = html! {
        (sources::panel(language, date, &sources))
        (findings::panel(language, date, &found))
        (actions(&visit, &generation, date, &sources))
    };
    let lead = Some(lead(&visit, &generation, date));
    Ok(visit.page_with(Page { title: date.to_string(), lead, body, status: axum::http::StatusCode::OK }))
}

/// Whether it trades, and the trading days around it.
fn lead(visit: &Visit, generation: &Arc<Generation>, date: NaiveDate) -> Markup {
    let language = visit.language;
    let calendar = generation.calendar();
    html! {
        @match calendar.is_open(date) {
            Some(true) => (badge(Level::Ok, language.say("trading day", "交易日"))),
            Some(false) => (badge(Level::Off, language.say("no trading day", "非交易日"))),
            None => (badge(Level::Off, language.say("outside the calendar", "超出日历范围"))),
        }
        " " (weekday(language, date)) " "
        @if let Some(before) = calendar.previous_open(date) {
            " · " a href={ "/console/days/" (before) } rel="prev" { "← " (before) }
        }
        @if let Some(after) = calendar.next_open(date) {
            " · " a href={ "/console/days/" (after) } rel="next" { (after) " →" }
        }
        " · " a href="/console/overview" { (language.say("Overview", "总览")) }
    }
}

fn weekday(language: Language, date: NaiveDate) -> String {
    const CHINESE: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    match language {
        Language::English => date.format("%A").to_string(),
        Language::Chinese => CHINESE[date.weekday().num_days_from_monday() as usize].to_owned(),
    }
}

/// What can be done about the day.
fn actions(visit: &Visit, generation: &Generation, date: NaiveDate, sources: &[sources::OfDay]) -> Markup {
    let language = visit.language;
    let day = date.to_string();
    let trades = generation.calendar().is_open(date) == Some(true);
    let can_be_fetched = |source: &&sources::OfDay| {
        trades && source.cell.standing != Standing::NotDue && day_grid::is_mainland(&source.name)
    };
    html! {
        div.actions {
            @for source in sources.iter().filter(can_be_fetched) {
                @let label = format!("{} {}", language.say("Fetch again from", "重新采集："), source.name);
                (action(visit, "/console/ingest/run", &label, Style::Plain,
                    &[("what", &format!("{}/{}", source.name, day_grid::DAILY)), ("date", &day)], None))
            }
            (action(visit, "/console/ingest/check", language.say("Run the checks of this day", "检查此日"), Style::Plain, &[("dates", &day)], None))
        }
    }
}
