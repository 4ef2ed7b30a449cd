//! `/console/requests/{id}`: who asked, who was considered and why not, what it cost, how long it took.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use gateway_ledger::{AttemptRecord, RequestRow};
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{self, Level},
};

use super::{
    money::{count, yuan},
    mount::Pages,
    query::{href, none},
    requests::usage,
    table::head,
    words,
};
use crate::routes::admin_requests;

/// One request.
pub(super) async fn page(
    State(pages): State<Pages>,
    Path(id): Path<String>,
    visit: Visit,
) -> Result<Response, Problem> {
    let language = visit.language;
    let row = admin_requests::find(&pages.gateway, &id).await?;
    let lead = html! {
        (ui::badge(words::outcome_level(&row.outcome, row.failed), &words::word(language, &row.outcome)))
        " " (ui::moment(row.at))
    };
    let body = html! {
        (facts(language, &row))
        (ui::panel(language.say("Decision record", "决策记录"), attempts(language, &row.decision)))
        (ui::panel(language.say("Charges", "计费"), charges(language, &row)))
    };
    let title = match language {
        Language::English => format!("Request {}", row.id),
        Language::Chinese => format!("请求 {}", row.id),
    };
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

fn facts(language: Language, row: &RequestRow) -> Markup {
    let of = |name: &str, value: &str| href("/console/requests", &[(name, value)]);
    let sum = usage(row);
    let ms = |millis: u32| format!("{} ms", count(millis.into()));
    ui::panel(
        language.say("What was asked", "请求内容"),
        html! {
            dl.facts {
                dt { (language.say("Profile", "档案")) } dd { a href=(of("profile", &row.profile)) { (row.profile) } }
                dt { (language.say("Token", "令牌")) }
                dd {
                    @match &row.token_id {
                        Some(id) => code.mono { (id) }, None => (none(language.say("there was none", "没有")))
                    }
                }
                dt { (language.say("Endpoint", "接口")) }
                dd {
                    code.mono { (row.endpoint) }
                    " · " (language.say(if row.stream { "stream" } else { "whole answer" }, if row.stream { "流式" } else { "非流式" }))
                }
                dt { (language.say("Model", "模型")) } dd { a href=(of("model", &row.model)) { (row.model) } }
                dt { (language.say("HTTP status", "HTTP 状态")) } dd { (row.status) }
                dt { (language.say("Outcome in the records", "记录中的结果")) } dd { code.mono { (row.outcome) } }
                dt { (language.say("Took", "总耗时")) } dd { (ms(row.latency_ms)) }
                dt { (language.say("First byte after", "首字节")) }
                dd {
                    @match row.first_byte_ms {
                        Some(millis) => (ms(millis)), None => (none(language.say("no byte of an answer came", "没有收到应答")))
                    }
                }
                dt { (language.say("Of this, waited for room", "其中排队")) } dd { (ms(row.waited_ms)) }
                dt { (language.say("Cost", "费用")) }
                dd {
                    @if row.charges.is_empty() {
                        (none(language.say("nothing was billed", "没有计费")))
                    } @else {
                        (yuan(row.cny()))
                    }
                }
                dt { "Tokens" }
                dd {
                    @if row.charges.is_empty() { (none(language.say("nothing was billed", "没有计费"))) }
                    @else {
                        (count(sum.input))
                        (language.say(" in", " 输入"))
                        " (" (count(sum.cached_input)) (language.say(" cached", " 缓存")) ") · "
                        (count(sum.output))
                        (language.say(" out", " 输出"))
                        " (" (count(sum.thinking)) (language.say(" thinking", " 思考")) ")"
                    }
                }
            }
            p.hint {
                (language.say("Nobody stores prompts or answers: the books have numbers only.", "不保存提示词与回答内容：账本只记录数字。"))
            }
        },
    )
}

/// Every attempt with those that were considered for it.
fn attempts(language: Language, attempts: &[AttemptRecord]) -> Markup {
    if attempts.is_empty() {
        return ui::empty(
            language.say("No channel was considered: it was refused before.", "未考虑任何渠道：请求此前已被拒绝。"),
        );
    }
    let columns = [
        language.say("Attempt", "尝试"),
        language.say("Channel", "渠道"),
        language.say("Outcome", "结果"),
        language.say("Took", "耗时"),
        language.say("Considered and not taken", "考虑过但未选用"),
    ];
    let [attempt, channel, outcome, took, considered] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Attempts in their order", "按顺序的尝试")) }
            (head(&columns, &[3]))
            tbody {
                @for (index, one) in attempts.iter().enumerate() {
                    tr {
                        th scope="row" data-label=(attempt) { (index + 1) }
                        td data-label=(channel) {
                            @match &one.channel {
                                Some(channel) => a href={ "/console/channels/" (channel) } { (channel) },
                                None => (none(language.say("nobody could be asked", "无渠道可用"))),
                            }
                        }
                        td data-label=(outcome) {
                            (ui::badge(words::outcome_level(&one.outcome, one.outcome != "client_gone"), &words::word(language, &one.outcome)))
                        }
                        td.num data-label=(took) { (count(one.ms.into())) " ms" }
                        td data-label=(considered) {
                            @if one.considered.is_empty() { (none(language.say("there was no other", "没有其他渠道"))) }
                            @else {
                                ul {
                                    @for other in &one.considered {
                                        li { (other.channel) ": " (words::word(language, &other.lost)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        } }
    }
}

/// What upstreams billed, or may have.
fn charges(language: Language, row: &RequestRow) -> Markup {
    if row.charges.is_empty() {
        return ui::empty(language.say("Nothing was billed.", "没有计费。"));
    }
    let columns = [
        language.say("Attempt", "尝试"),
        language.say("Channel · account", "渠道 · 账户"),
        language.say("Model", "模型"),
        language.say("Day", "日期"),
        language.say("Input (cached)", "输入（缓存）"),
        language.say("Output (thinking)", "输出（思考）"),
        language.say("Cost", "费用"),
        language.say("Reserved", "预留"),
        language.say("Remarks", "备注"),
    ];
    let [attempt, channel, model, day, input, output, cost, reserved, remarks] = columns;
    html! {
        div.table-wrap { table.grid {
            caption.visually-hidden { (language.say("Charges by attempt", "各次尝试的计费")) }
            (head(&columns, &[4, 5, 6, 7]))
            tbody {
                @for charge in &row.charges {
                    tr {
                        th scope="row" data-label=(attempt) { (charge.attempt) }
                        td data-label=(channel) { (charge.channel) " · " (charge.account) }
                        td data-label=(model) { (charge.upstream_model) }
                        td data-label=(day) { (ui::date(charge.day.date())) }
                        td.num data-label=(input) {
                            (count(charge.usage.input)) " (" (count(charge.usage.cached_input)) ")"
                        }
                        td.num data-label=(output) {
                            (count(charge.usage.output)) " (" (count(charge.usage.thinking)) ")"
                        }
                        td.num data-label=(cost) { (yuan(charge.cny)) }
                        td.num data-label=(reserved) { (yuan(charge.reserved)) }
                        td data-label=(remarks) {
                            @let is_plain = !charge.estimated && charge.price_known && charge.breach.is_none();
                            @if is_plain { (none(language.say("nothing to say", "无"))) }
                            @if charge.estimated { (ui::badge(Level::Warn, language.say("estimated", "估算"))) " " }
                            @if !charge.price_known {
                                (ui::badge(Level::Warn, language.say("default price", "默认价格"))) " "
                            }
                            @if let Some(breach) = charge.breach {
                                (ui::badge(Level::Bad, language.say("beyond its reservation", "超出预留")))
                                " " (yuan(breach))
                            }
                        }
                    }
                }
            }
        } }
    }
}
