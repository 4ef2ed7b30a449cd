//! The client: one question with its pace, attempts and rests.

use std::{fmt, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, bars_final_at, last_final_day, vendor_code};

use crate::{
    ClientConfig, GlobalHistory, RawPage, YahooError,
    judge::{Failure, Reply, judge},
    normalize::{self, Asked},
    pace::Pace,
    request::Request,
    rest::Rest,
    retry::{Backoff, Jitter},
    transport::{Response, Transport},
};

/// Tells the time. Production passes the system clock, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The name of the one dataset, in raw pages.
const DATASET: &str = "chart";

/// Yahoo over HTTP. Share one instance (`Arc`): pace and rest are kept in it.
pub struct Client {
    config: ClientConfig,
    transport: Transport,
    pace: Pace,
    rest: Rest,
    backoff: Backoff,
    jitter: Jitter,
    clock: Clock,
}

impl Client {
    /// A client that sends through `http` and stamps responses with `clock`.
    pub fn new(http: reqwest::Client, config: ClientConfig, clock: Clock) -> Self {
        Self::over(Transport::Http(http), config, clock)
    }

    fn over(transport: Transport, config: ClientConfig, clock: Clock) -> Self {
        Self {
            pace: Pace::per_minute(config.requests_per_minute),
            rest: Rest::new(config.rate_limit_pause),
            backoff: Backoff::new(&config),
            jitter: Jitter::new(config.jitter_seed),
            config,
            transport,
            clock,
        }
    }

    /// The final bars of one code from `from` to `to`, both included, and the corporate actions with an ex-date in the
    /// range. A day that is not final on its exchange yet is left out, whatever Yahoo sends of it.
    ///
    /// The request reaches through now, however old `to` is: only with every later split are prices known as traded.
    ///
    /// # Errors
    /// [`YahooError::NotPublishedYet`] when no day of the range is final. Otherwise see [`YahooError`].
    pub async fn history(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> Result<GlobalHistory, YahooError> {
        let unknown = |error: vendor_code::VendorCodeError| YahooError::UnknownCode { message: error.to_string() };
        let symbol = vendor_code::yahoo::print(code).map_err(unknown)?;
        if from > to {
            return Ok(GlobalHistory::default());
        }
        let now = self.now();
        let newest = last_final_day(code.exchange(), now);
        if from > newest {
            return Err(YahooError::NotPublishedYet { available_at: bars_final_at(code.exchange(), from) });
        }
        let request = Request::new(&symbol, from, now);
        match self.ask(&request).await? {
            Reply::Empty(page) => Ok(GlobalHistory { pages: vec![page], ..GlobalHistory::default() }),
            Reply::Chart(page, chart) => {
                let asked = Asked { code: *code, symbol: &symbol, from, to: to.min(newest), now };
                normalize::history(&chart, &asked, vec![page])
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Asks until there is an answer, a refusal, or no attempt left.
    async fn ask(&self, request: &Request<'_>) -> Result<Reply, YahooError> {
        let mut attempts = 0;
        loop {
            self.require_no_rest()?;
            self.pace.wait().await;
            // Others may have been refused while this one waited for its place.
            self.require_no_rest()?;
            attempts += 1;
            match self.attempt(request).await {
                Ok(reply) => {
                    self.rest.served();
                    return Ok(reply);
                }
                Err(Failure::Final(error)) => return Err(*error),
                Err(Failure::RateLimited) => {
                    let after = self.rest.begin(self.now(), &self.jitter);
                    tracing::warn!(yahoo.symbol = request.symbol, %after, "rate limited: the client rests");
                    return Err(YahooError::RateLimited { after });
                }
                Err(Failure::Transient(detail)) => {
                    if attempts >= self.config.max_attempts {
                        let symbol = request.symbol.to_owned();
                        return Err(YahooError::Unavailable { symbol, attempts, detail });
                    }
                    let wait = self.backoff.after(attempts, &self.jitter);
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(
                        yahoo.symbol = request.symbol,
                        attempts,
                        wait_ms,
                        detail,
                        "request failed: trying again"
                    );
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    fn require_no_rest(&self) -> Result<(), YahooError> {
        match self.rest.until(self.now()) {
            Some(after) => Err(YahooError::RateLimited { after }),
            None => Ok(()),
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Reply, Failure> {
        let url = request.url(&self.config.base_url);
        let response = self.transport.get(&url, &self.config.user_agent, self.config.request_timeout).await;
        let response = response.map_err(Failure::Transient)?;
        let raw = |response: Response| RawPage {
            dataset: DATASET,
            request: request.json(),
            fetched_at: self.now(),
            http_status: response.status,
            body: response.body,
        };
        tracing::debug!(yahoo.symbol = request.symbol, status = response.status, bytes = response.body.len(), "page");
        judge(request.symbol, response, raw)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
