//! `/console/search`: how the search's engines and its cache fare.

use axum::{extract::State, http::Uri, response::Response};
use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{self, Level},
};
use web_search::{EngineState, EngineStatus};

use super::{mount::Pages, query::none, table::head};
use crate::{admin::Params, search::SearchFront};

/// The engines.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    Params::of_form(&uri, &[])?;
    let body = match &pages.search {
        Some(front) => shown(&visit, front),
        None => ui::empty(language.say(
            "No SearXNG is configured: set [gateway-proxy.search].",
            "尚未配置 SearXNG：请设置 [gateway-proxy.search]。",
        )),
    };
    Ok(visit.page(language.say("Web search", "网页搜索"), body))
}

fn shown(visit: &Visit, front: &SearchFront) -> Markup {
    let language = visit.language;
    let (level, cache) = match front.cache_is_up() {
        Some(true) => (Level::Ok, language.say("serves", "正常")),
        Some(false) => (Level::Bad, language.say("away", "不可用")),
        None => (Level::Off, language.say("not configured", "未配置")),
    };
    let engines = front.engines();
    let working = engines.iter().filter(|engine| engine.state == EngineState::Works).count();
    html! {
        (ui::tiles([
            ui::tile(language.say("Engines that work", "正常引擎"), html! { (working) " / " (engines.len()) }, None),
            ui::tile(language.say("Cache", "缓存"), ui::badge(level, cache), None),
            ui::tile(
                language.say("Callers", "调用方"),
                html! { (front.callers()) },
                Some(language.say("searched in the last minute", "最近一分钟内搜索过")),
            ),
            ui::tile(
                language.say("Limit", "限额"),
                html! { (front.per_minute()) },
                Some(language.say("searches of one caller in 60 s", "每个调用方 60 秒内搜索次数")),
            ),
        ]))
        (ui::panel(language.say("Engines", "引擎"), table(language, visit.now, &engines)))
    }
}

fn table(language: Language, now: DateTime<Utc>, engines: &[EngineStatus]) -> Markup {
    if engines.is_empty() {
        return ui::empty(language.say("SearXNG chooses its engines itself.", "由 SearXNG 自行选择引擎。"));
    }
    let columns = [
        language.say("Engine", "引擎"),
        language.say("State", "状态"),
        language.say("Last answer", "最近应答"),
        language.say("Last failure", "最近失败"),
    ];
    let [engine, state, answer, failure] = columns;
    let ago = |at: DateTime<Utc>| ui::ago(language, (now - at).num_seconds());
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Search engines", "搜索引擎")) }
            (head(&columns, &[]))
            tbody {
                @for one in engines {
                    tr {
                        th scope="row" data-label=(engine) { (one.name) }
                        td data-label=(state) {
                            @match one.state {
                                EngineState::Works => (ui::badge(Level::Ok, language.say("works", "正常"))),
                                EngineState::Rests { until } => {
                                    (ui::badge(Level::Bad, language.say("rests", "休息中")))
                                    " " span.hint { (language.say("until ", "至 ")) (ui::moment(until)) }
                                },
                                EngineState::OnTrial => (ui::badge(Level::Warn, language.say("on trial", "试用中"))),
                            }
                        }
                        td data-label=(answer) {
                            @match one.last_answer {
                                Some(at) => { (ui::moment(at)) " " span.hint { (ago(at)) } },
                                None => (none(language.say("none since the gateway started", "网关启动以来没有"))),
                            }
                        }
                        td data-label=(failure) {
                            @match &one.last_failure {
                                Some((at, reason)) => { (reason) " " span.hint { (ago(*at)) } },
                                None => (none(language.say("none since the gateway started", "网关启动以来没有"))),
                            }
                        }
                    }
                }
            }
        } }
    }
}
