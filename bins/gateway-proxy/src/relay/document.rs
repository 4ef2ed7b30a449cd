//! An answer that is one document: held until it is whole, so that a cut one falls back unseen; passed on as it comes
//! where it is too long for that.

use axum::body::Body;
use llm_upstream::{classify_event, usage::of_body};
use serde::de::IgnoredAny;

use super::{
    AttemptEnd, Due, Outcome,
    answer::{Landed, broken, nonsense, refuse},
    body::RelayBody,
    exchange::Exchange,
    head::Head,
    prepare::Prepared,
    reading::Collected,
    tally::{DocumentTally, Tally, due_of_body},
};

/// Holds the document, and passes it on.
pub(super) async fn hold(mut exchange: Exchange, head: Head, request: &Prepared) -> Landed {
    if !head.may_be_json() {
        let said = said_kind(&head);
        exchange.hang_up();
        return nonsense(exchange, &head, &format!("the upstream answered with {said}, not JSON"), &Due::Bound);
    }
    let limit = exchange.gateway().map_or(0, |gateway| gateway.options.hold);
    let body = match exchange.collect(limit).await {
        Collected::Whole(body) => body,
        Collected::Broken(error) => return broken(exchange, &head, &error),
        Collected::Long(pieces) => {
            exchange.tally = Tally::Document(DocumentTally::of(&pieces));
            exchange.committed();
            exchange.answered(head.status);
            let response = head.answer(&exchange, request, Body::empty());
            return Landed::Answered(response.map(|_| Body::new(RelayBody::document(exchange, pieces))));
        }
    };
    let due = due_of_body(request.endpoint(), &body, &exchange.bounds);
    // What has a usage is an answer; everything else is looked at twice.
    if !matches!(due, Due::Counted(_)) {
        if let Some(refused) = classify_event(exchange.channel.dialect, &body) {
            return refuse(exchange, Some(&head), refused, &Due::Nothing);
        }
        if serde_json::from_slice::<IgnoredAny>(&body).is_err() {
            return nonsense(exchange, &head, "the upstream's answer is no JSON", &due);
        }
    }
    exchange.answered(head.status);
    let response = head.answer(&exchange, request, Body::from(body));
    let feedback = exchange.went_well();
    exchange.end(&due, AttemptEnd::Ok, Some(feedback), Outcome::Ok);
    Landed::Answered(response)
}

/// A document where a stream was asked for: an error, or of no use to the caller.
pub(super) async fn unasked(mut exchange: Exchange, head: Head) -> Landed {
    let body = exchange.refusal().await;
    if let Some(refused) = classify_event(exchange.channel.dialect, &body) {
        return refuse(exchange, Some(&head), refused, &Due::Nothing);
    }
    exchange.hang_up();
    let due = of_body(&body).map_or(Due::Bound, Due::Counted);
    let said = said_kind(&head);
    nonsense(exchange, &head, &format!("the upstream answered with {said}, not with a stream"), &due)
}

fn said_kind(head: &Head) -> String {
    let kind = head.headers.get(axum::http::header::CONTENT_TYPE);
    kind.map_or_else(|| "no content type".to_owned(), |kind| String::from_utf8_lossy(kind.as_bytes()).into_owned())
}
