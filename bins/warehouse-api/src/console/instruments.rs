//! `/console/instruments`: find a code, and look at its chart.

mod asked;
mod events;
mod period;
mod search;
mod series;
mod show;
mod tables;

use axum::{
    Router,
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{empty, panel},
};

use super::{pages::Pages, words::counted};
use crate::query::Params;

/// Where the pages are.
const PATH: &str = "/console/instruments";

pub(super) fn routes() -> Router<Pages> {
    Router::new().route(PATH, get(page)).route("/console/instruments/{code}", get(show::page))
}

/// The search, and what it finds; where that is one, its chart at once.
async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let params = Params::parse_form(&uri, &["code"])?;
    let generation = pages.app.generation()?;
    let text = params.get("code").unwrap_or_default();
    let found = search::search(&generation, text);
    if let [only] = &found[..] {
        return Ok(Redirect::to(&format!("{PATH}/{}", only.code)).into_response());
    }
    let body = html! {
        (form(language, text))
        @if text.is_empty() {
            (panel(language.say("What there is", "已有内容"), html! {
                p {
                    (counted(language, generation.instruments().len() as u64, "instrument", "instruments", "个品种"))
                    (language.say(". Type the beginning of a code, or a part of a name.", "。输入代码开头，或名称的一部分。"))
                }
            }))
        } @else {
            (panel(language.say("Found", "搜索结果"), hits(language, &found)))
        }
    };
    Ok(visit.page(language.say("Charts", "行情图"), body))
}

/// The search field.
fn form(language: Language, text: &str) -> Markup {
    html! {
        form.filters method="get" action=(PATH) role="search" {
            label {
                (language.say("Code or name", "代码或名称"))
                input type="search" name="code" value=(text) placeholder="600519 · 茅台" autocomplete="off";
            }
            button.primary type="submit" { (language.say("Search", "搜索")) }
        }
    }
}

fn hits(language: Language, found: &[search::Hit]) -> Markup {
    if found.is_empty() {
        return empty(language.say("Nothing trades under that code or name.", "没有匹配的代码或名称。"));
    }
    let titles = [
        language.say("Code", "代码"),
        language.say("Name", "名称"),
        language.say("Kind", "类型"),
        language.say("Listed", "上市"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Instruments that match", "匹配的品种")) }
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody {
                    @for hit in found {
                        tr {
                            th scope="row" { a href=(format!("{PATH}/{}", hit.code)) { (hit.code) } }
                            td data-label=(titles[1]) { (hit.name) }
                            td data-label=(titles[2]) { (show::kind(language, hit.kind)) }
                            td data-label=(titles[3]) { (show::listing(language, hit.listed, hit.delisted)) }
                        }
                    }
                }
            }
        }
        @if found.len() == search::HITS {
            p.hint { (language.say("There may be more: type more of it.", "可能还有更多：请输入更多字符。")) }
        }
    }
}
