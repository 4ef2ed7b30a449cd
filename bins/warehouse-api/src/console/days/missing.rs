//! `/console/days/{date}/missing?source=…`: the codes that a source did not bring of a day.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::html;
use operator_console::{Page, Visit, ui};

use crate::{
    console::{
        day_grid::is_mainland,
        pages::Pages,
        words::{count, counted},
    },
    query::{Params, read_date},
    routes::admin_ingest::work,
};

/// So many codes are listed.
const LISTED: usize = 600;

/// The page.
pub(in crate::console) async fn page(
    State(pages): State<Pages>,
    visit: Visit,
    Path(date): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let params = Params::parse(&uri, &["source"])?;
    let date = read_date("date", &date)?;
    let sources: Vec<_> = work::sources().filter(|(name, _)| is_mainland(name)).map(|(name, _)| (name, name)).collect();
    params.required("source", "tushare")?;
    let source = params.choice("source", &sources)?;
    let language = visit.language;
    let generation = pages.app.generation()?;
    let reading = generation.clone();
    let codes = pages.app.queries.run(move || reading.shares_without_bar(source, date)).await?;
    let name = |code| generation.instrument(code).map_or("", |instrument| instrument.name.as_str());
    let number = codes.len() as u64;
    let body = if codes.is_empty() {
        ui::empty(language.say("Every expected code has its bar.", "所有应有代码均有日线。"))
    } else {
        html! {
            ul.codes {
                @for code in codes.iter().take(LISTED) { li { a href={ "/console/instruments/" (code) } { (code) } " " (name(code)) } }
            }
            @if codes.len() > LISTED {
                p.hint { (counted(language, number - LISTED as u64, "more is not listed.", "more are not listed.", "个未列出。")) }
            }
        }
    };
    let hint = "Listed and not suspended that day, but without a bar of this source.";
    let lead = html! {
        (language.say(hint, "当日已上市且未停牌，但该数据源没有日线。"))
        " " a href={ "/console/days/" (date) } { (date) }
    };
    let title = format!("{} {source}, {date}", language.say("Codes without a bar of", "缺少日线的代码："));
    let body = ui::panel(&format!("{} ({})", language.say("Codes", "代码"), count(number)), body);
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}
