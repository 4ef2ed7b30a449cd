//! `POST /admin/reconcile`: the accounts' balances beside our own books.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::post};
use daemon_kit::problem::Problem;

use crate::{
    admin::problem,
    reconcile::{Reconciled, Reconciler},
};

/// The route.
pub(crate) fn router(reconciler: Arc<Reconciler>) -> Router {
    Router::new().route("/admin/reconcile", post(run)).with_state(reconciler)
}

/// Reads every account now: `{"accounts": [{…}], "unread": {"account": "why"}, "silent": ["account"]}`.
async fn run(State(reconciler): State<Arc<Reconciler>>) -> Result<Json<Reconciled>, Problem> {
    reconciler.run().await.map(Json).map_err(problem)
}
