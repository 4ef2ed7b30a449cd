//! `/orders`: what somebody is about to pay for, and how far it is. For operators.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    provisioning::{Announcement, MoneyBack, News, Order, OrderState, Refunded, problem},
    registry::Registry,
};

const FIELDS: [(&str, &str); 5] = [
    ("out_trade_no", "6 to 32 letters, digits, hyphens and underscores"),
    ("product", "a product's name"),
    ("amount_fen", "what it costs, in fen"),
    ("payer", "whose the profile becomes, as tg:123"),
    ("values", "an object: what the buyer chose for the template"),
];
const PAGE: u32 = 100;

/// An order as it is asked for; `POST /provision` takes the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    pub(super) out_trade_no: String,
    pub(super) product: String,
    pub(super) amount_fen: Option<u64>,
    pub(super) payer: Option<String>,
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
}

impl Wanted {
    pub(super) async fn read(body: Body) -> Result<Self, Problem> {
        parse_body(&read_body(body).await?, &FIELDS)
    }

    pub(super) fn announcement(self) -> Announcement {
        let Self { out_trade_no, product, amount_fen, payer, values } = self;
        Announcement { out_trade_no, product, amount_fen, payer, given: values }
    }
}

/// `POST /orders {out_trade_no, product, amount_fen?, payer?, values?}`: 201 with the order, or 200 where exactly this one
/// was announced before; 409 where the number stands for another one.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let wanted = Wanted::read(body).await?;
    let (order, news) = registry.provisioner.expect(wanted.announcement()).await.map_err(problem)?;
    let status = if news == News::New { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(shown(&order))))
}

/// `GET /orders?state&after`: `{orders: […], next}`, 100 at a time, by number; `next` is the `after` of the next page.
pub(crate) async fn list(
    State(registry): State<Arc<Registry>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Problem> {
    let (mut state, mut after) = (None, String::new());
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "state" => {
                let parsed = OrderState::parse(&value);
                state = Some(parsed.ok_or_else(|| Problem::invalid("state", format!("{value:?} is no state")))?);
            }
            "after" => after = value.into_owned(),
            other => return Err(Problem::invalid(other.to_owned(), "unknown").allowed(["state", "after"])),
        }
    }
    let orders = registry.provisioner.orders(state, &after, PAGE).await.map_err(problem)?;
    let next = orders.last().filter(|_| orders.len() == PAGE as usize).map(|order| order.out_trade_no.clone());
    Ok(Json(json!({"orders": orders.iter().map(shown).collect::<Vec<_>>(), "next": next})))
}

/// `GET /orders/{number}`: the order.
pub(crate) async fn get(
    State(registry): State<Arc<Registry>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(&registry.provisioner.order(&number).await.map_err(problem)?)))
}

/// `POST /orders/{number}/retry`: tries it now, whatever it waits for; the order as it is then.
pub(crate) async fn retry(
    State(registry): State<Arc<Registry>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(&registry.provisioner.retry(&number, "admin").await.map_err(problem)?)))
}

/// `POST /orders/{number}/refund`: the operator has given all of the money back by other means: `{result, order}`.
pub(crate) async fn refund(
    State(registry): State<Arc<Registry>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (refunded, order) = refund_all(&registry, number).await?;
    let result = match refunded {
        Refunded::Known => "known",
        Refunded::InPart => "in_part",
        Refunded::Shortened => "shortened",
        Refunded::Quarantine => "quarantine",
    };
    Ok(Json(json!({"result": result, "order": shown(&order)})))
}

/// Notes that an operator has given all of an order's money back by other means; what came of it, and the order as it is
/// then.
///
/// # Errors
/// 404 for an order that there is not.
pub(crate) async fn refund_all(registry: &Registry, number: String) -> Result<(Refunded, Order), Problem> {
    let order = registry.provisioner.order(&number).await.map_err(problem)?;
    // One refund by hand per order: it is the whole.
    let refund_id = format!("by-hand:{number}");
    let back = MoneyBack { out_trade_no: number.clone(), refund_id, amount_fen: order.amount_fen };
    let refunded = registry.provisioner.refunded(back).await.map_err(problem)?;
    Ok((refunded, registry.provisioner.advance(&number).await.map_err(problem)?))
}

/// An order as operators see it. What does not go on is `parked`, and `step` says where.
pub(super) fn shown(order: &Order) -> Value {
    let state = if order.parked.is_some() { "parked" } else { order.state.name() };
    json!({
        "out_trade_no": order.out_trade_no,
        "product": order.product,
        "amount_fen": order.amount_fen,
        "state": state,
        "step": order.state.name(),
        "parked": order.parked.as_ref().map(|parked| json!({"why": parked.why, "retry_at": parked.retry_at})),
        "payer": order.payer,
        "profile": order.profile,
        "commit": order.commit,
        "values": order.given,
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "changed_at": order.changed_at,
    })
}
