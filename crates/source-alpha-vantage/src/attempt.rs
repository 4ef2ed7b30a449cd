//! One request, and what its answer means.

use std::time::Duration;

use crate::{
    AlphaVantageError, Client, Function, RawPage,
    classify::{Refusal, classify},
    request::Request,
    wire::{self, Answer, NoAnswer, Series},
};

/// How long to wait after the vendor said that requests come too fast.
const THROTTLE_WAIT: Duration = Duration::from_millis(1500);

/// The same where it counts by the minute.
const MINUTE: Duration = Duration::from_secs(60);

impl Client {
    pub(crate) async fn attempt(&self, request: &Request<'_>) -> Result<Outcome, Failure> {
        let key = &self.config.api_key;
        let transient = |detail: String| Failure::Transient(key.redact(&detail));
        let url = request.url(&self.config.base_url, key);
        let response = self.transport.get(&url, self.config.request_timeout).await.map_err(transient)?;
        if response.status == 429 {
            return Err(Failure::Throttled { wait: THROTTLE_WAIT });
        }
        let function = request.function;
        let page = RawPage {
            dataset: function.dataset(),
            request: request.json(),
            fetched_at: self.now(),
            http_status: response.status,
            body: key.redact_bytes(response.body),
        };
        tracing::debug!(
            alpha_vantage.function = function.name(),
            status = page.http_status,
            bytes = page.body.len(),
            "page"
        );
        match wire::read(function, &page.body) {
            // Refusals are told apart by their text whatever their status, everything else only with 200.
            Ok(Answer::Refused { key, message }) => self.refused(classify(key, &message), function, message, page),
            _ if page.http_status != 200 => Err(Failure::Transient(format!("HTTP status {}", page.http_status))),
            Ok(Answer::Series(series)) => Ok(Outcome::Reply(Reply { page, series: Some(series) })),
            Ok(Answer::Nothing) => Ok(Outcome::Reply(Reply { page, series: None })),
            Err(NoAnswer::Garbled(detail)) => Err(Failure::Transient(detail)),
            Err(NoAnswer::OtherShape(detail)) => {
                Err(Failure::of(AlphaVantageError::ShapeChanged { function, detail, pages: vec![page] }))
            }
        }
    }

    /// What follows from a refusal. `message` and `page` are free of the key.
    fn refused(
        &self,
        refusal: Refusal,
        function: Function,
        message: String,
        page: RawPage,
    ) -> Result<Outcome, Failure> {
        let pages = vec![page];
        Err(Failure::of(match refusal {
            Refusal::FullSeriesIsPremium => return Ok(Outcome::FullSeriesIsPremium { message, pages }),
            Refusal::Throttle => {
                let counts_minutes = message.contains("per minute");
                return Err(Failure::Throttled { wait: if counts_minutes { MINUTE } else { THROTTLE_WAIT } });
            }
            Refusal::DayLimit => {
                let after = self.quota.exhaust(self.now());
                tracing::warn!(%after, "the vendor says that the requests of the day are spent");
                AlphaVantageError::DayLimit { after, pages }
            }
            Refusal::PremiumFunction => AlphaVantageError::NoPermission { function, message, pages },
            Refusal::BadKey => AlphaVantageError::BadKey { message, pages },
            Refusal::BadCall => AlphaVantageError::BadRequest { function, message, pages },
        }))
    }
}

/// What the vendor gave.
pub(crate) enum Outcome {
    Reply(Reply),
    /// Ask for the newest rows in its place.
    FullSeriesIsPremium {
        message: String,
        pages: Vec<RawPage>,
    },
}

/// A usable answer; `None` = the vendor knows nothing of it.
pub(crate) struct Reply {
    pub(crate) page: RawPage,
    pub(crate) series: Option<Series>,
}

/// What it did not give.
pub(crate) enum Failure {
    /// Worth another attempt.
    Transient(String),
    /// Worth another attempt after this long.
    Throttled { wait: Duration },
    /// Not worth one.
    Final(Box<AlphaVantageError>),
}

impl Failure {
    fn of(error: AlphaVantageError) -> Self {
        Self::Final(Box::new(error))
    }
}
