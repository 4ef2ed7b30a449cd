//! `/operations/{id}/telegram`: where a person proves who they are, and what they are shown before.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
};
use daemon_kit::{
    body::{parse_body, read_body},
    problem::Problem,
};
use serde::Deserialize;
use serde_json::Value;

use super::begun;
use crate::{
    failure,
    operations::{self, NotCarriedOut},
    registry::Registry,
    telegram::Refused,
};

#[derive(Deserialize)]
struct Launch {
    init_data: String,
}

const FIELDS: [(&str, &str); 1] = [("init_data", "`Telegram.WebApp.initData` as it is")];

/// What the person is about to confirm. The operation's name, which nobody guesses, is what lets one see it.
pub(crate) async fn get(State(registry): State<Arc<Registry>>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let id = begun::operation_id(&id)?;
    let operation = registry.operations.get(&id).await.map_err(failure::operation)?;
    Ok(Json(begun::shown(&operation)))
}

/// Takes the proof; where nobody else has to agree, the operation is carried out before this answers.
pub(crate) async fn post(
    State(registry): State<Arc<Registry>>,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let id = begun::operation_id(&id)?;
    let launch: Launch = parse_body(&read_body(body).await?, &FIELDS)?;
    let now = registry.clock.now();
    let proof = begun::require_telegram(&registry)?.verify(&launch.init_data, now).map_err(refused)?;
    if proof.operation != id.as_str() {
        let detail = "the launch data was signed for another operation: open this one's link";
        return Err(Problem::new(StatusCode::FORBIDDEN, "proof-refused", "The proof is not accepted", detail));
    }
    // Before the proof is used up.
    registry.owners().await.map_err(failure::store)?;
    let operation = registry.operations.prove_by_telegram(&proof, now).await.map_err(failure::operation)?;
    let operation = operations::carry_out(&registry, &operation.id).await.map_err(not_carried_out)?;
    Ok(Json(begun::shown(&operation)))
}

/// What was proved and could not be carried out yet; it will be.
pub(super) fn not_carried_out(error: NotCarriedOut) -> Problem {
    match error {
        NotCarriedOut::Store(error) => failure::store(error),
        NotCarriedOut::Operation(error) => failure::operation(error),
        NotCarriedOut::Declined(reason) => {
            Problem::new(StatusCode::CONFLICT, "declined", "The operation is refused", reason)
        }
    }
}

fn refused(refused: Refused) -> Problem {
    metrics::counter!("registry_proofs_refused_total", "by" => "telegram").increment(1);
    let detail = refused.to_string();
    match refused {
        Refused::Malformed(_) => Problem::invalid("init_data", detail),
        Refused::WrongSignature | Refused::TooOld { .. } | Refused::FromTheFuture | Refused::NoOperation => {
            Problem::new(StatusCode::FORBIDDEN, "proof-refused", "The proof is not accepted", detail)
        }
    }
}
