//! What an operator does to an order: the same as the JSON routes do.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use daemon_kit::problem::Problem;
use operator_console::{Fields, Language, Visit};

use super::words::{escaped, step};
use crate::{
    provisioning::{Order, Refunded, problem},
    registry::Registry,
    routes::orders,
};

/// Tries a parked order now.
pub(super) async fn retry(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let order = registry.provisioner.retry(&number, &visit.operator).await.map_err(problem)?;
    tracing::info!(order = number, actor = %visit.operator, "an operator tried order {number} again");
    let state = step(visit.language, order.state);
    let page = address(&order);
    Ok(match (&order.parked, visit.language) {
        (None, Language::English) => visit.done(&page, format!("It went on: {state}")),
        (None, Language::Chinese) => visit.done(&page, format!("已继续：{state}")),
        (Some(parked), Language::English) => {
            visit.failed(&page, format!("It is still parked ({state}): {}", parked.why))
        }
        (Some(parked), Language::Chinese) => visit.failed(&page, format!("仍被搁置（{state}）：{}", parked.why)),
    })
}

/// A person has scanned the code.
pub(super) async fn paired(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    let order = registry.provisioner.paired(&number, &visit.operator).await.map_err(problem)?;
    tracing::info!(order = number, actor = %visit.operator, "an operator noted that order {number} is paired");
    Ok(visit.done(&address(&order), visit.language.say("The order is alive", "订单已完成")))
}

/// All of the money was given back by other means.
pub(super) async fn refund(
    State(registry): State<Arc<Registry>>,
    visit: Visit,
    Path(number): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    fields.only(&[])?;
    tracing::info!(order = number, actor = %visit.operator, "an operator says that the money of order {number} went back");
    let (refunded, order) = orders::refund_all(&registry, number).await?;
    let (en, zh) = match refunded {
        Refunded::Known => ("The refund was known already: nothing changed", "此退款已登记过，未作更改"),
        Refunded::InPart => ("A part of the money went back: the profile stays as it is", "部分退款：档案保持不变"),
        Refunded::Shortened => {
            ("The refund is noted; what it paid for is taken back", "退款已登记，并已收回对应的时长")
        }
        Refunded::Quarantine => ("The refund is noted; the profile goes into quarantine", "退款已登记，档案正在隔离"),
    };
    Ok(visit.done(&address(&order), visit.language.say(en, zh)))
}

fn address(order: &Order) -> String {
    format!("/console/orders/{}", escaped(&order.out_trade_no))
}
