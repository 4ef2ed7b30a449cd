//! The client: one call with its turn, attempts and waits. The questions are in `endpoints`.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{
    AktoolsError, ClientConfig, RawPage,
    cache::{Answer, Answers},
    classify::{Failure, classify},
    retry::Backoff,
    shanghai,
    transport::Transport,
    wire,
};

/// Tells the time. Production passes the system clock, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// An AKTools server over HTTP. Share one instance (`Arc`) per server: turns and the day's answers are kept in it.
pub struct Client {
    config: ClientConfig,
    transport: Transport,
    answers: Answers,
    backoff: Backoff,
    clock: Clock,
}

/// One function of akshare with its arguments.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Question {
    pub(crate) function: &'static str,
    /// Checked by [`crate::params::checked`].
    #[serde(serialize_with = "as_map")]
    pub(crate) params: Vec<(&'static str, String)>,
}

impl Client {
    /// A client that asks through `http` and stamps responses with `clock`. Nothing is sent yet.
    pub fn new(http: reqwest::Client, config: ClientConfig, clock: Clock) -> Self {
        Self::over(Transport::Http(http), config, clock)
    }

    pub(crate) fn over(transport: Transport, config: ClientConfig, clock: Clock) -> Self {
        Self { backoff: Backoff::new(&config), answers: Answers::default(), config, transport, clock }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Forgets the answers of the day, so that the next question of each function is really asked.
    pub fn forget_answers(&self) {
        self.answers.forget();
    }

    /// Today's answer of a function without arguments: out of memory where it was asked before.
    pub(crate) async fn answer_of_today(&self, function: &'static str) -> Result<Arc<Answer>, AktoolsError> {
        let mut place = self.answers.turn(function).await;
        let today = shanghai::day_of(self.now());
        if let Some(answer) = self.answers.kept(&place, today) {
            return Ok(answer);
        }
        let answer = Arc::new(self.ask(&Question { function, params: Vec::new() }).await?);
        self.answers.keep(&mut place, today, &answer);
        Ok(answer)
    }

    /// Forgets the answer of one function: one that was refused must not stand in the way of the next attempt.
    pub(crate) async fn forget_answer(&self, function: &'static str) {
        self.answers.forget_one(function).await;
    }

    /// Asks now, whatever was answered before.
    pub(crate) async fn answer(&self, question: &Question) -> Result<Answer, AktoolsError> {
        let _turn = self.answers.turn(question.function).await;
        self.ask(question).await
    }

    /// Asks once, and again after transport failures and errors of the server. The caller has the function's turn.
    async fn ask(&self, question: &Question) -> Result<Answer, AktoolsError> {
        let function = question.function;
        let mut attempts = 0;
        loop {
            let detail = match self.attempt(question).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Transient(detail)) => detail,
            };
            attempts += 1;
            if attempts >= self.config.max_attempts {
                return Err(AktoolsError::Unavailable { function, attempts, detail });
            }
            let wait = self.backoff.after(attempts);
            let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(aktools.function = function, attempts, wait_ms, detail, "call failed: trying again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, question: &Question) -> Result<Answer, Failure> {
        let function = question.function;
        let url = self.config.url(&format!("api/public/{function}"));
        let timeout = self.config.request_timeout;
        let response = self.transport.get(&url, &question.params, timeout).await.map_err(Failure::Transient)?;
        if response.status != 200 {
            return Err(classify(function, &response, self.now()));
        }
        let table = wire::read(&response.body).map_err(Failure::Transient)?;
        let request = serde_json::to_string(question).map_err(|error| Failure::Transient(error.to_string()))?;
        let (status, body) = (response.status, response.body);
        tracing::debug!(aktools.function = function, rows = table.rows.len(), bytes = body.len(), "answer");
        let page = RawPage { dataset: function, request, fetched_at: self.now(), http_status: status, body };
        Ok(Answer { page, table })
    }

    /// Gets a path that is not a function.
    pub(crate) async fn plain(&self, name: &'static str, path: &str) -> Result<Vec<u8>, AktoolsError> {
        let unavailable = |detail| AktoolsError::Unavailable { function: name, attempts: 1, detail };
        let url = self.config.url(path);
        let response = self.transport.get(&url, &[], self.config.request_timeout).await.map_err(unavailable)?;
        if response.status == 200 {
            return Ok(response.body);
        }
        match classify(name, &response, self.now()) {
            Failure::Final(error) => Err(error),
            Failure::Transient(detail) => Err(unavailable(detail)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may hold credentials.
        f.debug_struct("Client").field("max_attempts", &self.config.max_attempts).finish_non_exhaustive()
    }
}

fn as_map<S: serde::Serializer>(params: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(params.iter().map(|(name, value)| (name, value)))
}

#[cfg(test)]
mod tests;
