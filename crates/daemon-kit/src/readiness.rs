//! What a daemon needs to be useful, asked each time somebody reads `/readyz`.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures::future::{BoxFuture, join_all};
use serde_json::{Map, Value, json};

/// A check that has not answered by then counts as failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

type Check = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;
type Note = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The named checks of one daemon. All of them pass: ready.
#[derive(Clone)]
pub struct Readiness {
    checks: Vec<(&'static str, Check)>,
    notes: Vec<(&'static str, Note)>,
    timeout: Duration,
}

impl Readiness {
    /// No checks yet: ready as soon as the server answers.
    pub fn new() -> Self {
        Self { checks: Vec::new(), notes: Vec::new(), timeout: CHECK_TIMEOUT }
    }

    /// Adds a check; `Err` is the reason, shown to whoever asks (so never a secret).
    #[must_use]
    pub fn check<F, A>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.checks.push((name, Arc::new(move || Box::pin(check()))));
        self
    }

    /// Adds something worth knowing that does not make the daemon less useful, for example that it answers from
    /// yesterday's data. Never a secret.
    #[must_use]
    pub fn note(mut self, name: &'static str, note: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.notes.push((name, Arc::new(note)));
        self
    }

    /// Runs all checks at once and answers 200 or 503 with
    /// `{"ready": bool, "checks": {"<name>": {"ok": bool, "reason"?: "…"}}}`, and
    /// `"notes": {"<name>": "…"}` where there are any.
    pub async fn respond(&self) -> Response {
        let outcomes = join_all(self.checks.iter().map(|(name, check)| async move {
            let outcome = tokio::time::timeout(self.timeout, check()).await;
            (*name, outcome.unwrap_or_else(|_| Err(format!("no answer within {:?}", self.timeout))))
        }))
        .await;
        let ready = outcomes.iter().all(|(_, outcome)| outcome.is_ok());
        let checks: Map<String, Value> = outcomes
            .into_iter()
            .map(|(name, outcome)| match outcome {
                Ok(()) => (name.to_owned(), json!({"ok": true})),
                Err(reason) => (name.to_owned(), json!({"ok": false, "reason": reason})),
            })
            .collect();
        let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let notes = self.notes.iter().filter_map(|(name, note)| Some(((*name).to_owned(), Value::from(note()?))));
        let notes: Map<String, Value> = notes.collect();
        let mut body = json!({"ready": ready, "checks": checks});
        if !notes.is_empty() {
            body["notes"] = Value::Object(notes);
        }
        (status, Json(body)).into_response()
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn answer(readiness: &Readiness) -> (StatusCode, Value) {
        let response = readiness.respond().await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_daemon_without_checks_is_ready() {
        assert_eq!(answer(&Readiness::new()).await, (StatusCode::OK, json!({"ready": true, "checks": {}})));
    }

    #[tokio::test]
    async fn one_failing_check_is_enough_and_gives_its_reason() {
        let readiness = Readiness::new()
            .check("redis", || async { Ok(()) })
            .check("generation", || async { Err("none published yet".to_owned()) });
        let checks = json!({"redis": {"ok": true}, "generation": {"ok": false, "reason": "none published yet"}});
        assert_eq!(
            answer(&readiness).await,
            (StatusCode::SERVICE_UNAVAILABLE, json!({"ready": false, "checks": checks}))
        );
    }

    #[tokio::test]
    async fn a_note_is_shown_and_does_not_make_the_daemon_unready() {
        let readiness =
            Readiness::new().note("newest-generation", || Some("damaged".to_owned())).note("nothing-to-say", || None);
        let body = json!({"ready": true, "checks": {}, "notes": {"newest-generation": "damaged"}});
        assert_eq!(answer(&readiness).await, (StatusCode::OK, body));
    }

    #[tokio::test]
    async fn a_check_that_hangs_fails() {
        let mut readiness = Readiness::new().check("redis", std::future::pending);
        readiness.timeout = Duration::from_millis(5);
        let (status, body) = answer(&readiness).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["checks"]["redis"]["reason"], "no answer within 5ms");
    }
}
