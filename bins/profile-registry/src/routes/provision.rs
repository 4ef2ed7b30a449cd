//! `POST /provision {out_trade_no, product, payer, values?}`: an order that was paid by other means than WeChat. For
//! operators.

use std::sync::Arc;

use axum::{Json, body::Body, extract::State, http::StatusCode};
use daemon_kit::problem::Problem;
use profile_store::OwnerId;
use serde_json::Value;

use super::orders::{Wanted, shown};
use crate::{
    provisioning::{News, Receipt, problem},
    registry::Registry,
};

/// Answers 201 with the order as far as it got at once, or 200 where it was provisioned before.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let wanted = Wanted::read(body).await?;
    let payer = wanted.payer.clone().unwrap_or_default();
    let payer = OwnerId::parse(&payer).map_err(|error| Problem::invalid("payer", error.to_string()))?;
    let provisioner = &registry.provisioner;
    let (order, _) = provisioner.expect(wanted.announcement()).await.map_err(problem)?;
    let receipt = Receipt {
        // No payment service gives such a number.
        transaction_id: format!("by-hand:{}", order.out_trade_no),
        out_trade_no: order.out_trade_no.clone(),
        payer,
        amount_fen: order.amount_fen,
        paid_at: registry.clock.now(),
    };
    let news = provisioner.paid(receipt).await.map_err(problem)?;
    let order = provisioner.advance(&order.out_trade_no).await.map_err(problem)?;
    let status = if news == News::New { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(shown(&order))))
}
