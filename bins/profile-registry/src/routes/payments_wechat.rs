//! `POST /payments/wechat`: WeChat Pay tells that somebody paid, or that money went back.
//!
//! What the answer means is WeChat's: 2xx, and it does not come again; anything else, and it does, for a day. So only what
//! is in the books is answered with 2xx. There is no bound on how often anybody may ask: whoever forges notifications would
//! shut WeChat out, and a forged one costs a signature's check.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    provisioning::{MoneyBack, ProvisionError, receipt},
    registry::Registry,
    wechat::{Event, Notification, NotificationRefused, SignatureHeaders},
};

/// No notification is longer.
const BODY_BYTES: usize = 64 << 10;
/// WeChat gives up after 5 s and comes again; what was begun goes on.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// An answer that makes WeChat come again: `{"code": "FAIL", "message"}`.
struct Fail(StatusCode, String);

/// Answers 204 once the payment or the refund is in the books; what follows from it is done afterwards.
pub(crate) async fn post(State(registry): State<Arc<Registry>>, headers: HeaderMap, body: Body) -> Response {
    let outcome = match tokio::time::timeout(ANSWER_WITHIN, take(registry, headers, body)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Fail(StatusCode::SERVICE_UNAVAILABLE, "the books take too long: come again".to_owned())),
    };
    match outcome {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(Fail(status, message)) => (status, Json(json!({"code": "FAIL", "message": message}))).into_response(),
    }
}

async fn take(registry: Arc<Registry>, headers: HeaderMap, body: Body) -> Result<(), Fail> {
    let bytes = to_bytes(body, BODY_BYTES).await.map_err(|_| {
        Fail(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {BODY_BYTES} bytes, or was cut off"))
    })?;
    let notification = believe(&registry, &headers, &bytes)?;
    let event = notification.event.to_string();
    // By itself: WeChat may hang up, and telling people of trouble may take longer than WeChat waits.
    let booked = tokio::spawn(async move { book(&registry, notification.event).await }).await;
    let outcome = booked.unwrap_or_else(|_| Err(ProvisionError::Books(crate::BooksError::BrokenOff)));
    let label = if outcome.is_ok() { "taken" } else { "failed" };
    metrics::counter!("registry_notifications_total", "result" => label).increment(1);
    outcome.map_err(|error| not_booked(&event, &error))
}

fn believe(registry: &Registry, headers: &HeaderMap, body: &Bytes) -> Result<Notification, Fail> {
    let Some(verifier) = &registry.wechat else {
        return Err(Fail(StatusCode::SERVICE_UNAVAILABLE, "no merchant is configured here".to_owned()));
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = SignatureHeaders {
        serial: header("wechatpay-serial"),
        signature: header("wechatpay-signature"),
        timestamp: header("wechatpay-timestamp"),
        nonce: header("wechatpay-nonce"),
    };
    verifier.verify(signed, body, registry.clock.now()).map_err(|refused| {
        let (status, result) = match &refused {
            NotificationRefused::Probe => (StatusCode::UNAUTHORIZED, "probe"),
            NotificationRefused::UnknownKey
            | NotificationRefused::Stale { .. }
            | NotificationRefused::WrongSignature => (StatusCode::UNAUTHORIZED, "forged"),
            NotificationRefused::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
            NotificationRefused::WrongSeal | NotificationRefused::Content(_) => (StatusCode::BAD_REQUEST, "not_ours"),
        };
        metrics::counter!("registry_notifications_total", "result" => result).increment(1);
        match result {
            // WeChat tries whether a wrong signature is noticed.
            "probe" => tracing::info!("a probe with a wrong signature was refused, as it should be"),
            "not_ours" => tracing::error!("WeChat Pay signed what cannot be taken: {refused}"),
            _ => tracing::warn!("a notification was refused: {refused}"),
        }
        Fail(status, refused.to_string())
    })
}

async fn book(registry: &Registry, event: Event) -> Result<(), ProvisionError> {
    match event {
        Event::Paid(payment) => registry.provisioner.paid(receipt(appid(registry), payment)?).await.map(drop),
        Event::Refunded(refund) => {
            let (out_trade_no, refund_id, amount_fen) = (refund.out_trade_no, refund.refund_id, refund.amount_fen);
            registry.provisioner.refunded(MoneyBack { out_trade_no, refund_id, amount_fen }).await.map(drop)
        }
        Event::Other(name) => {
            tracing::info!("WeChat Pay tells of {name:?}, which changes nothing here");
            Ok(())
        }
    }
}

fn appid(registry: &Registry) -> &str {
    registry.config.wechat.as_ref().map(|wechat| wechat.appid.as_str()).unwrap_or_default()
}

/// It comes again, for a day: long enough to mend what is wrong here.
fn not_booked(event: &str, error: &ProvisionError) -> Fail {
    match error {
        ProvisionError::UnknownOrder(_)
        | ProvisionError::UnknownProduct(_)
        | ProvisionError::AnotherOrder(_)
        | ProvisionError::Invalid { .. }
        | ProvisionError::Amount { .. }
        | ProvisionError::Payer(_)
        | ProvisionError::PaidTwice(_)
        | ProvisionError::WrongState { .. } => {
            tracing::error!("{event}, and that is not taken: {error}");
            Fail(StatusCode::CONFLICT, error.to_string())
        }
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "{event}, and that is not in the books: {error}");
            Fail(StatusCode::INTERNAL_SERVER_ERROR, "it could not be stored: come again".to_owned())
        }
    }
}
