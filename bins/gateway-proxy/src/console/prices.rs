//! `/console/prices`: what tokens cost, and where that comes from.

use axum::{extract::State, http::Uri, response::Response};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Visit,
    ui::{self, Level},
};
use route_policy::{Cny, Day, PriceRow};

use super::{
    money::{count, yuan},
    mount::Pages,
    query::none,
    table::{head, shortened},
};
use crate::{
    admin::Params,
    prices::{PriceState, unpriced},
};

/// Rows of the table; a file may have thousands.
const ROWS: usize = 80;
/// Characters of what is written about a row.
const SOURCE: usize = 100;

/// The table in use.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    Params::of_form(&uri, &[])?;
    let state = pages.prices.shown();
    let without = unpriced(&pages.prices, &pages.channels, visit.now);
    let body = html! {
        @if let Some((since, problem)) = &state.trouble {
            section.panel role="alert" {
                h2 {
                    (ui::badge(Level::Bad, language.say("trouble", "异常")))
                    " " (language.say("The file cannot be used; the prices in use stay", "价格文件不可用，继续使用现有价格"))
                }
                p { (problem) }
                p.hint { (language.say("since ", "自 ")) (ui::moment(*since)) }
            }
        }
        (facts(language, &state))
        @if !without.is_empty() {
            (ui::panel(language.say("Offered without a price", "已提供但没有价格的模型"), html! {
                p { (language.say("They are charged at the default price. Add rows to the file.", "按默认价格计费，请在文件中补充。")) }
                ul {
                    @for model in &without {
                        li { (ui::badge(Level::Warn, language.say("default price", "默认价格"))) " " (model) }
                    }
                }
            }))
        }
        (ui::panel(language.say("Yuan per million tokens", "元 / 百万 token"), table(language, &state.rows, Day::of(visit.now))))
    };
    Ok(visit.page(language.say("Prices", "价格"), body))
}

fn facts(language: Language, state: &PriceState) -> Markup {
    ui::panel(
        language.say("Where they come from", "来源"),
        html! {
            dl.facts {
                dt { (language.say("File", "文件")) } dd { code.mono { (state.path.display()) } }
                dt { (language.say("In use", "当前使用")) }
                dd { (match state.origin.name() {
                    "file" => language.say("the file", "该文件"),
                    "last_good" => language.say("the copy of the last file that was good", "最近一次有效文件的副本"),
                    _ => language.say("the default price for every model: there never was a file", "所有模型使用默认价格：尚无文件"),
                }) }
                dt { (language.say("Since", "生效自")) } dd { (ui::moment(state.loaded_at)) }
                dt { (language.say("Default price", "默认价格")) }
                dd {
                    (yuan(state.default.input))
                    (language.say(" in · ", " 输入 · "))
                    (yuan(state.default.output))
                    (language.say(" out", " 输出"))
                }
            }
        },
    )
}

fn table(language: Language, rows: &[PriceRow], today: Day) -> Markup {
    if rows.is_empty() {
        return ui::empty(
            language.say("There are no rows: every model costs the default.", "没有价格行：所有模型按默认价格计费。"),
        );
    }
    let columns = [
        language.say("Model", "模型"),
        language.say("Channel", "渠道"),
        language.say("From", "生效日"),
        language.say("Prompts up to", "输入不超过"),
        language.say("Hours", "时段"),
        language.say("Input", "输入"),
        language.say("Cached input", "缓存输入"),
        language.say("Output", "输出"),
        language.say("Thinking", "思考"),
        language.say("Source", "依据"),
    ];
    let [model, channel, from, tier, hours, input, cached, output, thinking, source] = columns;
    let same = |amount: Option<Cny>, en: &'static str, zh: &'static str| match amount {
        Some(amount) => yuan(amount),
        None => none(language.say(en, zh)),
    };
    html! {
        @if rows.len() > ROWS {
            p.hint { @match language {
                Language::English => { "The first " (ROWS) " of " (rows.len()) " rows; all of them: twilight channels prices." },
                Language::Chinese => { "共 " (rows.len()) " 行，显示前 " (ROWS) " 行；全部：twilight channels prices。" },
            } }
        }
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Prices by model", "各模型价格")) }
            (head(&columns, &[3, 5, 6, 7, 8]))
            tbody {
                @for row in rows.iter().take(ROWS) {
                    tr {
                        th scope="row" data-label=(model) { (row.model) }
                        td data-label=(channel) {
                            @match &row.channel { Some(channel) => (channel), None => (language.say("all", "全部")) }
                        }
                        td data-label=(from) {
                            (ui::date(row.from))
                            @if row.from > today.date() { " " (ui::badge(Level::Info, language.say("to come", "未生效"))) }
                        }
                        td.num data-label=(tier) {
                            @match row.until_input {
                                Some(tokens) => (count(tokens)), None => (none(language.say("any length", "任意长度")))
                            }
                        }
                        td data-label=(hours) {
                            @match row.hours {
                                Some(hours) => (hours), None => (none(language.say("all other hours", "其他所有时段")))
                            }
                        }
                        td.num data-label=(input) { (yuan(row.input)) }
                        td.num data-label=(cached) { (same(row.cached_input, "as input", "同输入")) }
                        td.num data-label=(output) { (yuan(row.output)) }
                        td.num data-label=(thinking) { (same(row.thinking_output, "as output", "同输出")) }
                        td data-label=(source) {
                            @match &row.source {
                                Some(source) => (shortened(source, SOURCE)), None => (none(language.say("nobody wrote it down", "未注明")))
                            }
                        }
                    }
                }
            }
        } }
    }
}
