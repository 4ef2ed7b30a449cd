//! `/console/requests`: what became of requests, newest first.

use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse as _, Redirect, Response},
};
use daemon_kit::problem::Problem;
use gateway_ledger::{RequestCursor, RequestRow};
use maud::{Markup, html};
use operator_console::{Language, Visit, ui};
use route_policy::Usage;

use super::{
    money::{count, yuan},
    mount::Pages,
    query::{buttons, choice_field, moment_field, none, text_field},
    table::head,
    words,
};
use crate::{
    admin::{Params, next_href, problem, request_filter},
    relay::Outcome,
};

const PATH: &str = "/console/requests";
const KNOWN: [&str; 8] = ["id", "profile", "channel", "model", "outcome", "since", "until", "cursor"];
/// Rows of a page.
const ROWS: usize = 50;
const EVERY_S: u32 = 3;

/// The list with its filters. Its first page renews itself.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let language = visit.language;
    let params = Params::of_form(&uri, &KNOWN)?;
    if let Some(id) = params.get("id") {
        // Nothing but a digit or a letter, so that it is an address of ours whatever was typed.
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
        return Ok(Redirect::to(&format!("{PATH}/{id}")).into_response());
    }
    let list = list(&pages, language, &uri, &params).await?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = html! {
        (filters(&pages, language, &params))
        @if params.get("cursor").is_none() {
            (ui::live(&format!("/console/live/requests{query}"), EVERY_S, list))
        } @else {
            (list)
        }
    };
    Ok(visit.page(language.say("Requests", "请求"), body))
}

/// What of it renews itself.
pub(super) async fn live(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    let params = Params::of_form(&uri, &KNOWN)?;
    // What stands on the page leads to pages.
    let page = format!("{PATH}?{}", uri.query().unwrap_or_default()).parse().unwrap_or(uri);
    Ok(visit.fragment(list(&pages, visit.language, &page, &params).await?))
}

async fn list(pages: &Pages, language: Language, uri: &Uri, params: &Params) -> Result<Markup, Problem> {
    let filter = request_filter(params)?;
    let after: Option<RequestCursor> =
        params.read("cursor", "as in the link below a list", |text| text.parse().ok())?;
    let page = pages.gateway.ledger.requests(filter, after, ROWS).await.map_err(problem)?;
    let next = page.next.map(|next| next_href(uri, &next));
    Ok(html! {
        div.panel { (table(language, &page.rows)) }
        @if next.is_some() && page.rows.len() < ROWS {
            p.hint {
                (language.say("There may be more: a page looks at 50,000 requests at most.", "可能还有更多：每页最多检查 50,000 个请求。"))
            }
        }
        (ui::next_page(language, next.as_deref()))
    })
}

fn filters(pages: &Pages, language: Language, params: &Params) -> Markup {
    let channels: Vec<_> = pages.channels.all().iter().map(|known| (known.name.clone(), known.name.clone())).collect();
    let outcomes = Outcome::ALL.map(Outcome::name).map(|name| (name.to_owned(), words::word(language, name)));
    html! {
        form.filters method="get" action=(PATH) {
            (text_field(params, "id", language.say("Request id", "请求编号")))
            (text_field(params, "profile", language.say("Profile", "档案")))
            (text_field(params, "model", language.say("Model", "模型")))
            (choice_field(params, "channel", language.say("Channel", "渠道"), language, &channels))
            (choice_field(params, "outcome", language.say("Outcome", "结果"), language, &outcomes))
            (moment_field(params, "since", language.say("Since", "起始")))
            (moment_field(params, "until", language.say("Before", "截止")))
            (buttons(language, PATH))
        }
    }
}

/// Requests in lines.
pub(super) fn table(language: Language, rows: &[RequestRow]) -> Markup {
    if rows.is_empty() {
        return ui::empty(language.say("There are no such requests in the books.", "账本中没有符合条件的请求。"));
    }
    let columns = [
        language.say("Arrived", "到达时间"),
        language.say("Request", "请求"),
        language.say("Profile", "档案"),
        language.say("Model", "模型"),
        language.say("Channel", "渠道"),
        language.say("Outcome", "结果"),
        language.say("Tokens in / out", "输入 / 输出 token"),
        language.say("Cost", "费用"),
        language.say("Took", "耗时"),
    ];
    let [arrived, request, profile, model, channel, outcome, tokens, cost, took] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Requests, newest first", "请求，最新在前")) }
            (head(&columns, &[6, 7, 8]))
            tbody {
                @for row in rows {
                    tr {
                        td data-label=(arrived) { (ui::moment(row.at)) }
                        th scope="row" data-label=(request) {
                            a href={ (PATH) "/" (row.id) } { code.mono { (row.id) } }
                        }
                        td data-label=(profile) { (row.profile) }
                        td data-label=(model) { (row.model) }
                        td data-label=(channel) { (channel_of(language, row)) }
                        td data-label=(outcome) {
                            (ui::badge(words::outcome_level(&row.outcome, row.failed), &words::word(language, &row.outcome)))
                            " " span.hint { (row.status) }
                        }
                        td.num data-label=(tokens) { (tokens_of(language, row)) }
                        td.num data-label=(cost) { (cost_of(language, row)) }
                        td.num data-label=(took) { (count(row.latency_ms.into())) " ms" }
                    }
                }
            }
        } }
    }
}

fn channel_of(language: Language, row: &RequestRow) -> Markup {
    let attempts = row.decision.iter().filter(|attempt| attempt.channel.is_some()).count();
    match row.channel() {
        Some(channel) => html! {
            (channel)
            @if attempts > 1 {
                " " span.hint title=(language.say("channels that were asked", "尝试过的渠道数")) { "×" (attempts) }
            }
        },
        None if attempts > 0 => none(language.say("channels were asked, and none was left", "已尝试渠道，均未成功")),
        None => none(language.say("no channel was asked", "未请求任何渠道")),
    }
}

fn tokens_of(language: Language, row: &RequestRow) -> Markup {
    if row.charges.is_empty() {
        return none(language.say("nothing was billed", "没有计费"));
    }
    let Usage { input, output, .. } = usage(row);
    html! { (count(input)) " / " (count(output)) }
}

fn cost_of(language: Language, row: &RequestRow) -> Markup {
    if row.charges.is_empty() {
        return none(language.say("nothing was billed", "没有计费"));
    }
    let is_estimated = row.charges.iter().any(|charge| charge.estimated);
    html! {
        (yuan(row.cny()))
        @if is_estimated {
            " " abbr title=(language.say("estimated: the upstream's own count never came", "估算：上游未返回用量")) { "~" }
        }
    }
}

/// All tokens of a request, of every attempt that cost something.
pub(super) fn usage(row: &RequestRow) -> Usage {
    row.charges.iter().fold(Usage::default(), |sum, charge| Usage {
        input: sum.input.saturating_add(charge.usage.input),
        cached_input: sum.cached_input.saturating_add(charge.usage.cached_input),
        output: sum.output.saturating_add(charge.usage.output),
        thinking: sum.thinking.saturating_add(charge.usage.thinking),
    })
}
