//! `/console/channels`: all channels at a glance.

use axum::{extract::State, http::Uri, response::Response};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{Language, Visit, ui};
use route_policy::{ChannelState, Cny, Day};

use super::{
    channel_cells as cells,
    money::{count, percent, yuan},
    mount::Pages,
    table::head,
};
use crate::{admin::Params, channels::Seen};

const LIVE: &str = "/console/live/channels";
const EVERY_S: u32 = 3;

/// All channels.
pub(super) async fn page(State(pages): State<Pages>, visit: Visit, uri: Uri) -> Result<Response, Problem> {
    Params::of_form(&uri, &[])?;
    let title = visit.language.say("Channels", "渠道");
    Ok(visit.page(title, ui::live(LIVE, EVERY_S, overview(&pages, &visit))))
}

/// What of it renews itself.
pub(super) async fn live(State(pages): State<Pages>, visit: Visit) -> Response {
    visit.fragment(overview(&pages, &visit))
}

fn overview(pages: &Pages, visit: &Visit) -> Markup {
    let (all, waiting) = pages.channels.look(&pages.gateway);
    let language = visit.language;
    html! {
        (tiles(language, &all, waiting))
        @if all.is_empty() {
            (ui::empty(language.say(
                "No channel is configured: add [[gateway-proxy.channels]] to twilight.toml.",
                "尚未配置渠道：请在 twilight.toml 中添加 [[gateway-proxy.channels]]。",
            )))
        } @else {
            div.panel { (table(visit, &all)) }
        }
    }
}

fn tiles(language: Language, all: &[Seen], waiting: usize) -> Markup {
    let status = || all.iter().filter_map(|seen| seen.status.as_ref());
    let healthy = status().filter(|status| status.state == ChannelState::Healthy).count();
    let settled: Cny = status().map(|status| status.budget.settled).sum();
    let limits: Vec<Cny> = status().filter_map(|status| status.budget.limit).collect();
    let (bounded, limit) = (limits.len(), limits.into_iter().sum::<Cny>());
    let of_bounded: Cny = status().filter(|status| status.budget.limit.is_some()).map(|one| one.budget.settled).sum();
    let hint = percent(of_bounded, limit).map(|share| match language {
        Language::English => format!("{share} of the budgets of {bounded} channels"),
        Language::Chinese => format!("占 {bounded} 个渠道预算的 {share}"),
    });
    let hint = hint.as_deref().unwrap_or(language.say("no channel has a budget", "没有渠道设有预算"));
    let day = language.say("since midnight in Shanghai", "上海时间零点起");
    let rpm: u64 = status().map(|status| status.rpm.used).sum();
    let tpm: u64 = status().map(|status| status.tpm.used).sum();
    ui::tiles([
        ui::tile(
            language.say("Healthy", "正常渠道"),
            html! { (healthy) " / " (all.len()) },
            Some(language.say("channels in order", "状态正常的渠道")),
        ),
        ui::tile(
            language.say("RPM now", "当前 RPM"),
            html! { (count(rpm)) },
            Some(&match language {
                Language::English => format!("requests in the last 60 s; {} tokens", count(tpm)),
                Language::Chinese => format!("近 60 秒请求数；{} 个 token", count(tpm)),
            }),
        ),
        ui::tile(
            language.say("Spent today", "今日费用"),
            html! { span title=(day) { (yuan(settled)) @if bounded > 0 { " / " (yuan(limit)) } } },
            Some(hint),
        ),
        ui::tile(
            language.say("Waiting", "排队"),
            html! { (waiting) },
            Some(language.say("requests wait for a channel with room", "个请求等待空闲渠道")),
        ),
    ])
}

fn table(visit: &Visit, all: &[Seen]) -> Markup {
    let language = visit.language;
    let today = Day::of(visit.now);
    let [name, key, state, budget, rpm, tpm, breaker, error, next] = [
        language.say("Channel", "渠道"),
        language.say("Key", "密钥"),
        language.say("State", "状态"),
        language.say("Budget today", "今日预算"),
        "RPM",
        "TPM",
        language.say("Breaker", "熔断器"),
        language.say("Last error", "最近错误"),
        language.say("Next recovery", "下次恢复"),
    ];
    html! {
        div.table-wrap {
            table.grid {
                caption.visually-hidden { (language.say("Channels and how they are now", "渠道及其当前状态")) }
                (head(&[name, key, state, budget, rpm, tpm, breaker, error, next], &[4, 5]))
                tbody {
                    @for seen in all {
                        tr {
                            th scope="row" data-label=(name) {
                                a href={ "/console/channels/" (seen.known.name) } { (seen.known.name) }
                                @if seen.account() != seen.known.name { br; span.hint { (seen.account()) } }
                            }
                            td data-label=(key) { (cells::key(language, seen)) }
                            td data-label=(state) { (cells::state(language, seen)) }
                            td data-label=(budget) { (cells::budget(language, seen, today)) }
                            td.num data-label=(rpm) {
                                (cells::gauge(language, &seen.known.name, "RPM", seen.status.as_ref().map(|status| status.rpm)))
                            }
                            td.num data-label=(tpm) {
                                (cells::gauge(language, &seen.known.name, "TPM", seen.status.as_ref().map(|status| status.tpm)))
                            }
                            td data-label=(breaker) { (cells::breaker(language, seen)) }
                            td data-label=(error) { (cells::last_error(language, seen)) }
                            td data-label=(next) { (cells::next_recovery(visit, seen)) }
                        }
                    }
                }
            }
        }
    }
}
