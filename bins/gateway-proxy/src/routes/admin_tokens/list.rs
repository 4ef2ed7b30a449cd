//! `GET /admin/tokens`.

use axum::{Json, extract::State, http::Uri};
use daemon_kit::problem::Problem;
use serde_json::{Value, json};

use super::TokensState;
use crate::{
    admin::{Params, problem},
    tokens::{shown, state},
};

const STATES: [&str; 3] = ["valid", "expired", "revoked"];

/// `{"tokens": […]}`, in the order of their registration; `profile` and `state` narrow the list. No digest is shown.
pub(super) async fn get(State(about): State<TokensState>, uri: Uri) -> Result<Json<Value>, Problem> {
    let params = Params::parse(&uri, &["profile", "state"])?;
    let profile = params.get("profile");
    let of_state =
        params.read("state", "valid, expired or revoked", |text| STATES.into_iter().find(|state| *state == text))?;
    let now = about.clock.now();
    let tokens = about.tokens.all().await.map_err(problem)?;
    let wanted = tokens
        .iter()
        .filter(|token| profile.is_none_or(|profile| token.profile == profile))
        .filter(|token| of_state.is_none_or(|wanted| state(token, now) == wanted))
        .map(|token| shown(token, now));
    Ok(Json(json!({ "tokens": wanted.collect::<Vec<_>>() })))
}
