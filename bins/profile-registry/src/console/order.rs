//! `/console/orders/{number}`: one order, step by step.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use daemon_kit::problem::Problem;
use maud::{Markup, html};
use operator_console::{
    Language, Page, Visit,
    ui::{Level, Style, action, badge, empty, moment, panel},
};

use super::{
    audit_table,
    grid::grid,
    orders_table::{next_try, profile_link},
    words::{escaped, fen, meaning, moment_ago, none, order_state, short, step},
};
use crate::{
    books::audit,
    provisioning::{
        Channel, Order, OrderState, ProvisionError,
        order_book::{self, Returned, SecretName},
        problem,
    },
    registry::Registry,
};

/// The way of an order that nobody takes back.
const WAY: [OrderState; 8] = [
    OrderState::Expected,
    OrderState::Paid,
    OrderState::Sealed,
    OrderState::Registered,
    OrderState::Committed,
    OrderState::Delivered,
    OrderState::AwaitingPairing,
    OrderState::Alive,
];

pub(super) async fn page(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let order = registry.provisioner.order(&number).await.map_err(problem)?;
    let read = registry.provisioner.books().read(move |connection| {
        Ok::<_, ProvisionError>((
            order_book::secret_names(connection, &number)?,
            order_book::returned(connection, &number)?,
            audit::about(connection, &number, 50)?,
        ))
    });
    let (secrets, returned, audit) = read.await.map_err(problem)?;
    // Who answers by Telegram needs no scan.
    let product = registry.provisioner.catalog().get(&order.product);
    let has_pairing = product.map_or(true, |product| product.options().channel == Channel::Weixin);
    let say = |en, zh| visit.language.say(en, zh);
    let body = html! {
        (actions(&visit, &order))
        div.columns {
            (panel(say("Order", "订单"), facts(&visit, &order)))
            (panel(say("Steps", "步骤"), steps(visit.language, &order, has_pairing)))
            (panel(say("Secrets", "密钥"), secret_names(&visit, &secrets)))
            @if !returned.is_empty() { (panel(say("Money back", "退款"), money_back(&visit, &returned))) }
        }
        (panel(say("What was done", "操作记录"), html! {
            @if audit.is_empty() { (empty(say("Nothing yet.", "暂无记录。"))) } @else { (audit_table::table(&visit, &audit)) }
        }))
    };
    let lead = html! { a href="/console/orders" { (say("All orders", "全部订单")) } " " (order_state(visit.language, &order)) };
    let title = format!("{} {}", say("Order", "订单"), order.out_trade_no);
    Ok(visit.page_with(Page { title, lead: Some(lead), body, status: StatusCode::OK }))
}

fn actions(visit: &Visit, order: &Order) -> Markup {
    let language = visit.language;
    let base = format!("/console/orders/{}", escaped(&order.out_trade_no));
    let is_over = matches!(order.state, OrderState::Quarantined | OrderState::Refunded | OrderState::Refunding);
    let money_back = match language {
        Language::English => format!(
            "Has all of the money of order {} been given back? The registry then takes back what it paid for: time, \
             or the whole profile with its secrets. It pays nothing out itself.",
            order.out_trade_no
        ),
        Language::Chinese => format!(
            "订单 {} 的全部款项是否已退回？注册中心将收回其对应的时长，或停用整个档案及其密钥；系统本身不会打款。",
            order.out_trade_no
        ),
    };
    html! {
        div.actions {
            @if order.parked.is_some() {
                (action(visit, &format!("{base}/retry"), language.say("Try now", "立即重试"), Style::Primary, &[], None))
            }
            @if order.state == OrderState::AwaitingPairing {
                (action(visit, &format!("{base}/paired"), language.say("The code was scanned", "已扫码"), Style::Primary, &[],
                    Some(language.say("Is the chat connected? The order is alive then.", "聊天是否已连接？订单将标记为完成。"))))
            }
            @if !is_over {
                @let label = language.say("The money went back", "已全额退款");
                (action(visit, &format!("{base}/refund"), label, Style::Danger, &[], Some(&money_back)))
            }
        }
    }
}

fn facts(visit: &Visit, order: &Order) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    let not_paid = say("nobody has paid yet", "尚未付款");
    html! {
        dl.facts {
            @if let Some(parked) = &order.parked {
                dt { (say("Parked", "搁置原因")) }
                dd {
                    (parked.why) br;
                    span.muted {
                        (next_try(visit, order))
                        @match language {
                            Language::English => { ", failed " (order.attempts) " times" }
                            Language::Chinese => { "，已失败 " (order.attempts) " 次" }
                        }
                    }
                }
            }
            dt { (say("Product", "产品")) }
            dd { (order.product) }
            dt { (say("Amount", "金额")) }
            dd { (fen(order.amount_fen)) }
            dt { (say("Payer", "付款人")) }
            dd { @match &order.payer { Some(payer) => code.mono { (payer) }, None => (none(not_paid)) } }
            dt { (say("Payment", "支付单号")) }
            dd { @match &order.transaction_id { Some(id) => code.mono { (id) }, None => (none(not_paid)) } }
            dt { (say("Profile", "档案")) }
            dd {
                (profile_link(language, order))
            }
            dt { (say("Commit", "提交")) }
            dd {
                @match (&order.commit, &order.profile) {
                    (Some(id), Some(profile)) => {
                        a href={ "/console/profiles/" (escaped(profile)) "/commits/" (escaped(id)) } { (short(id)) }
                    }
                    _ => (none(say("nothing of it is in git", "尚未写入 git"))),
                }
            }
            dt { (say("Announced", "登记时间")) }
            dd { (moment_ago(visit, order.created_at)) }
            dt { (say("Paid", "付款时间")) }
            dd { @match order.paid_at { Some(at) => (moment_ago(visit, at)), None => (none(not_paid)) } }
            dt { (say("Moved last", "最近变动")) }
            dd { (moment_ago(visit, order.changed_at)) }
            @if !order.given.is_empty() {
                dt { (say("Chosen", "买家选择")) }
                dd { @for (name, value) in &order.given { code.mono { (name) } " = " (value) br; } }
            }
        }
    }
}

/// Where it is on its way, in words.
fn steps(language: Language, order: &Order, has_pairing: bool) -> Markup {
    let way: Vec<OrderState> =
        WAY.into_iter().filter(|state| has_pairing || *state != OrderState::AwaitingPairing).collect();
    let Some(at) = way.iter().position(|state| *state == order.state) else {
        return html! { p { (badge(Level::Off, step(language, order.state))) " " (meaning(language, order.state)) } };
    };
    let mark = |index: usize| match index.cmp(&at) {
        _ if index == at && order.state == OrderState::Alive => (Level::Ok, language.say("done", "完成")),
        std::cmp::Ordering::Less => (Level::Ok, language.say("done", "完成")),
        std::cmp::Ordering::Equal if order.parked.is_some() => (Level::Warn, language.say("parked here", "搁置于此")),
        std::cmp::Ordering::Equal => (Level::Info, language.say("here", "当前")),
        std::cmp::Ordering::Greater => (Level::Off, language.say("to come", "未到")),
    };
    html! {
        ol {
            @for (index, state) in way.into_iter().enumerate() {
                @let (level, word) = mark(index);
                li aria-current=[(index == at).then_some("step")] {
                    (badge(level, word)) " " strong { (step(language, state)) } " " span.muted { (meaning(language, state)) }
                }
            }
        }
    }
}

fn secret_names(visit: &Visit, secrets: &[SecretName]) -> Markup {
    let language = visit.language;
    let say = |en, zh| language.say(en, zh);
    if secrets.is_empty() {
        return empty(say("None was made or reserved yet.", "尚未生成或预留。"));
    }
    let heads = [say("Name", "名称"), say("Source", "来源"), say("Since", "时间"), say("In force", "是否有效")];
    html! {
        (grid(say("Names of the secrets of this order; values are shown to nobody", "该订单的密钥名称；值不会显示"), &heads, &[], html! {
            @for secret in secrets {
                tr {
                    th scope="row" { code.mono { (secret.name) } }
                    td data-label=(heads[1]) { (secret.source) }
                    td data-label=(heads[2]) { (moment(secret.created_at)) }
                    td data-label=(heads[3]) {
                        @match secret.retired_at {
                            None => (badge(Level::Ok, say("yes", "是"))),
                            Some(at) => { (badge(Level::Off, say("no", "否"))) " " (moment(at)) }
                        }
                    }
                }
            }
        }))
    }
}

fn money_back(visit: &Visit, returned: &[Returned]) -> Markup {
    html! {
        ul {
            @for back in returned {
                li { (fen(back.amount_fen)) " " (moment_ago(visit, back.at)) " " code.mono { (back.refund_id) } }
            }
        }
    }
}
