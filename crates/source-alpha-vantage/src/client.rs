//! The client: one question with its allowance, attempts and waits.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use market_model::{Code, Exchange, bars_final_at, last_final_day, vendor_code};

use crate::{
    AlphaVantageError, ClientConfig, Function, GlobalHistory, OutputSize,
    attempt::{Failure, Outcome, Reply},
    normalize::{self, Asked},
    pace::Pace,
    quota::Quota,
    request::Request,
    retry::{Backoff, Jitter},
    transport::Transport,
};

/// Tells the time. Production passes the system clock, tests a fixed one.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Calendar days that the last 100 rows certainly reach back: they span 140 at least.
const COMPACT_DAYS: i64 = 130;

/// An Alpha Vantage account over HTTP. Share one instance (`Arc`) per account: the allowance is counted in it.
pub struct Client {
    pub(crate) config: ClientConfig,
    pub(crate) transport: Transport,
    pace: Pace,
    pub(crate) quota: Quota,
    backoff: Backoff,
    jitter: Jitter,
    /// Set once the vendor has refused whole series to this account.
    only_compact: AtomicBool,
    clock: Clock,
}

impl Client {
    /// A client that sends through `http` and stamps responses with `clock`.
    pub fn new(http: reqwest::Client, config: ClientConfig, clock: Clock) -> Self {
        Self::over(Transport::Http(http), config, clock)
    }

    fn over(transport: Transport, config: ClientConfig, clock: Clock) -> Self {
        Self {
            pace: Pace::every(config.min_interval),
            quota: Quota::new(config.requests_per_day),
            backoff: Backoff::new(&config),
            jitter: Jitter::new(config.jitter_seed),
            only_compact: AtomicBool::new(false),
            config,
            transport,
            clock,
        }
    }

    /// The final bars of one code from `from` to `to`, both included; with the adjusted function also dividends and
    /// splits. Currency pairs are asked for by their own function. A day that is not final on its exchange yet is left
    /// out, whatever the vendor sends of it.
    ///
    /// Whole series are for paid accounts: where they are refused, the last 100 rows are taken and
    /// [`GlobalHistory::cut_before`] says so. An unknown symbol is a [`AlphaVantageError::BadRequest`] or, on some
    /// functions, an empty history.
    ///
    /// # Errors
    /// [`AlphaVantageError::NotPublishedYet`] when no day of the range is final. Otherwise see [`AlphaVantageError`].
    pub async fn history(
        &self,
        code: &Code,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<GlobalHistory, AlphaVantageError> {
        let (function, symbol) = self.question(code)?;
        if from > to {
            return Ok(GlobalHistory::default());
        }
        let now = self.now();
        let newest = last_final_day(code.exchange(), now);
        if from > newest {
            return Err(AlphaVantageError::NotPublishedYet { available_at: bars_final_at(code.exchange(), from) });
        }
        let is_near = (now.date_naive() - from).num_days() <= COMPACT_DAYS;
        let mut size = if is_near || self.is_only_compact() { OutputSize::Compact } else { OutputSize::Full };
        let reply = loop {
            match self.ask(&Request { function, symbol: &symbol, size }).await? {
                Outcome::Reply(reply) => break reply,
                Outcome::FullSeriesIsPremium { .. } if size == OutputSize::Full => {
                    tracing::info!("whole series are refused to this account: the last 100 rows are taken");
                    self.only_compact.store(true, Ordering::Relaxed);
                    size = OutputSize::Compact;
                }
                Outcome::FullSeriesIsPremium { message, pages } => {
                    return Err(AlphaVantageError::NoPermission { function, message, pages });
                }
            }
        };
        let asked = Asked { code: *code, function, from, to: to.min(newest) };
        read(reply, &symbol, &asked, size)
    }

    /// How a code is asked for.
    fn question(&self, code: &Code) -> Result<(Function, String), AlphaVantageError> {
        if code.exchange() == Exchange::Fx {
            return Ok((Function::FxDaily, code.symbol().to_owned()));
        }
        let unknown =
            |error: vendor_code::VendorCodeError| AlphaVantageError::UnknownCode { message: error.to_string() };
        let symbol = vendor_code::alpha_vantage::print(code).map_err(unknown)?;
        let function = if self.config.adjusted { Function::TimeSeriesDailyAdjusted } else { Function::TimeSeriesDaily };
        Ok((function, symbol))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    fn is_only_compact(&self) -> bool {
        self.only_compact.load(Ordering::Relaxed)
    }

    /// Asks until there is an answer, a refusal, or no attempt left.
    async fn ask(&self, request: &Request<'_>) -> Result<Outcome, AlphaVantageError> {
        let function = request.function;
        let (mut attempts, mut throttle_waits) = (0, 0);
        loop {
            self.pace.wait().await;
            let spent = |after| AlphaVantageError::DayLimit { after, pages: Vec::new() };
            self.quota.take(self.now()).map_err(spent)?;
            match self.attempt(request).await {
                Ok(outcome) => return Ok(outcome),
                Err(Failure::Final(error)) => return Err(*error),
                Err(Failure::Throttled { wait }) => {
                    if throttle_waits >= self.config.max_throttle_waits {
                        let after = self.now() + TimeDelta::minutes(1);
                        return Err(AlphaVantageError::RateLimited { after });
                    }
                    throttle_waits += 1;
                    tracing::warn!(alpha_vantage.function = function.name(), throttle_waits, "too fast: waiting");
                    tokio::time::sleep(self.jitter.lengthen(wait)).await;
                }
                Err(Failure::Transient(detail)) => {
                    attempts += 1;
                    if attempts >= self.config.max_attempts {
                        return Err(AlphaVantageError::Unavailable { function, attempts, detail });
                    }
                    let wait = self.backoff.after(attempts, &self.jitter);
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(
                        alpha_vantage.function = function.name(),
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
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", &self.config).finish_non_exhaustive()
    }
}

/// What an answer holds of the range.
fn read(reply: Reply, symbol: &str, asked: &Asked, size: OutputSize) -> Result<GlobalHistory, AlphaVantageError> {
    let pages = vec![reply.page];
    let Some(series) = reply.series else { return Ok(GlobalHistory { pages, ..GlobalHistory::default() }) };
    normalize::history(&series, symbol, asked, size, pages)
}

#[cfg(test)]
mod tests;
