//! Sends one message to one target. Its address is a secret: it is in no log line and in no error.

use std::time::Duration;

use daemon_kit::{
    config::{AlertConfig, AlertSeverity, Secret},
    http::{self, reason},
};
use quality_rules::Severity;
use reqwest::{Client, Response, header::RETRY_AFTER};

use super::{
    decide::Wishes,
    forms::{Answer, Form},
    message::Message,
    outbox::Outcome,
};

/// Bound on one message, the answer included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const ANSWER_MAX: usize = 64 * 1024;
/// Parts of an address that are long enough to be a secret, and to be told from ordinary words.
const SECRET_MIN: usize = 8;

/// Who is told, and how.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its name in the configuration.
    pub(crate) name: String,
    /// What it wants to hear.
    pub(crate) wishes: Wishes,
    /// The form of its messages.
    pub(crate) form: Form,
    url: Secret,
    runbook: String,
    client: Client,
}

/// The client that all targets share. It follows no redirect: a message that goes on as a GET is lost, and a page that says so
/// with status 200 would count as an answer.
///
/// # Errors
/// When the machine's root certificates cannot be used.
pub(crate) fn client() -> Result<Client, reqwest::Error> {
    let defaults = http::ClientOptions::default();
    http::client(&http::ClientOptions { request_timeout: TIMEOUT, follow_redirects: false, ..defaults })
}

impl Target {
    /// The target of the configuration, with the manual that its messages name.
    pub(crate) fn new(config: &AlertConfig, runbook: &str, client: &Client) -> Self {
        let form = Form::from(&config.kind);
        let at_least = match config.min_severity {
            AlertSeverity::Warning => Severity::Warning,
            AlertSeverity::Error => Severity::Error,
        };
        Self {
            name: config.name.clone(),
            wishes: Wishes { at_least, repeat_after: config.repeat_after },
            url: Secret::new(form.address(config.url.expose())),
            runbook: runbook.to_owned(),
            client: client.clone(),
            form,
        }
    }

    /// What is posted. The manual is named now and not when the message was decided: it may have moved since.
    pub(crate) fn body(&self, message: &Message) -> serde_json::Value {
        self.form.body(&message.with_runbook(&self.runbook))
    }

    /// Sends it once.
    pub(crate) async fn send(&self, message: &Message) -> Outcome {
        let request = self.client.post(self.url.expose()).header("idempotency-key", &message.id);
        let outcome = match request.json(&self.body(message)).send().await {
            Ok(response) => match read(response).await {
                Ok(answer) => self.form.outcome(&answer),
                Err(error) => Outcome::Unclear { reason: reason(error) },
            },
            // Without a connection nothing has left.
            Err(error) if error.is_connect() || error.is_builder() => {
                Outcome::Refused { reason: reason(error), retry_after: None }
            }
            Err(error) => Outcome::Unclear { reason: reason(error) },
        };
        match outcome {
            Outcome::Sent => Outcome::Sent,
            Outcome::Refused { reason, retry_after } => Outcome::Refused { reason: self.scrub(reason), retry_after },
            Outcome::Unclear { reason } => Outcome::Unclear { reason: self.scrub(reason) },
        }
    }

    /// Takes out what a target, or a library, repeats of the address.
    fn scrub(&self, mut reason: String) -> String {
        let url = self.url.expose();
        let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
        let path = after_scheme.split_once('/').map_or("", |(_, path)| path);
        let user = after_scheme.split_once('@').map_or("", |(user, _)| user);
        let parts = path.split(['/', '?', '&', '=']).chain(user.split(':'));
        for part in [url, path].into_iter().chain(parts).filter(|part| part.len() >= SECRET_MIN) {
            reason = reason.replace(part, "[redacted]");
        }
        reason
    }
}

/// The answer, as far as it is looked at.
async fn read(mut response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX
        && let Some(chunk) = response.chunk().await?
    {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_MAX - body.len())]);
    }
    Ok(Answer { status, retry_after: seconds.map(Duration::from_secs), body })
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::AlertKind;

    use super::*;

    fn target(kind: AlertKind, url: &str) -> Target {
        let config = AlertConfig {
            name: "ops".to_owned(),
            kind,
            url: Secret::new(url),
            min_severity: AlertSeverity::Error,
            repeat_after: None,
        };
        Target::new(&config, "docs/runbook.md", &client().unwrap())
    }

    #[tokio::test]
    async fn a_target_that_moved_does_not_have_the_message() {
        use axum::{Router, response::Redirect, routing};
        let moved = |to: &'static str| routing::post(move || async move { Redirect::to(to) });
        let app = Router::new()
            .route("/see-other", moved("/login"))
            .route("/moved", routing::post(|| async { (axum::http::StatusCode::FOUND, [("location", "/login")]) }))
            .route("/login", routing::get(|| async { "please log in" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        let message = Message::test(crate::alerts::message::Occasion {
            target: "ops",
            number: 0,
            generation: None,
            now: chrono::DateTime::UNIX_EPOCH,
        });
        for (path, status) in [("see-other", 303), ("moved", 302)] {
            let outcome = target(AlertKind::Webhook, &format!("http://{address}/{path}")).send(&message).await;
            let reason = format!("HTTP status {status}");
            assert_eq!(outcome, Outcome::Refused { reason, retry_after: None }, "a page was read, nothing was posted");
        }
    }

    #[test]
    fn what_repeats_the_address_is_redacted() {
        let robot = target(AlertKind::Wecom, "https://h/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4");
        assert_eq!(robot.scrub("bad key 693a91f6-7aaa-4bc4".to_owned()), "bad key [redacted]");
        let bot =
            target(AlertKind::Telegram { chat_id: "1".to_owned() }, "https://user:passw0rd@h/bot123:SECRET-token");
        for said in ["POST /bot123:SECRET-token/sendMessage", "https://user:passw0rd@h/bot123:SECRET-token/sendMessage"]
        {
            let scrubbed = bot.scrub(said.to_owned());
            assert!(!scrubbed.contains("SECRET") && !scrubbed.contains("passw0rd"), "{scrubbed}");
        }
        let shown = format!("{robot:?} {bot:?}");
        assert!(!shown.contains("693a91f6") && !shown.contains("SECRET"), "{shown}");
    }
}
