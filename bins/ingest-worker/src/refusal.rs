//! Why a vendor gave nothing, as one type for all of them: the decision, the text, the responses to keep.

mod rules;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use job_queue::JobError;
use quality_rules::RuleInfo;
use warehouse::RawResponse;

use crate::answer;

/// A vendor's error.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) decision: Decision,
    /// Whether every other question to this vendor would fail in the same way.
    pub(crate) is_vendor_wide: bool,
    /// What is wrong with the answer, if there was one and it was refused for what it is.
    pub(crate) defect: Option<Defect>,
    message: String,
    responses: Vec<RawResponse>,
}

/// Why an answer was refused whole.
#[derive(Debug, Clone)]
pub(crate) struct Defect {
    /// The quality rule that it breaks.
    pub(crate) rule: &'static RuleInfo,
    /// The vendor's data set.
    pub(crate) dataset: String,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Again, with the usual wait of a failed job.
    RetryLater,
    /// Again, not before this instant.
    RetryAt(DateTime<Utc>),
    /// Not again before a person has changed something.
    Stop,
}

impl Refusal {
    /// Something that is no vendor's error and may pass.
    pub(crate) fn passing(message: impl fmt::Display) -> Self {
        let message = message.to_string();
        Self::of_our_own(Decision::RetryLater, message)
    }

    /// The day's bars are not final yet; a vendor would serve live, partial ones.
    pub(crate) fn not_before(available_at: DateTime<Utc>) -> Self {
        let message = format!("bars are not final before {available_at}");
        Self::of_our_own(Decision::RetryAt(available_at), message)
    }

    /// Nothing was asked.
    fn of_our_own(decision: Decision, message: String) -> Self {
        Self { decision, is_vendor_wide: true, defect: None, message, responses: Vec::new() }
    }

    /// The responses of a refused answer, to store them.
    pub(crate) fn take_responses(&mut self) -> Vec<RawResponse> {
        std::mem::take(&mut self.responses)
    }

    /// Says that it stands for so many refusals.
    pub(crate) fn with_count(self, count: usize) -> Self {
        if count < 2 {
            return self;
        }
        let message = format!("{} (and {} more)", self.message, count - 1);
        Self { message, ..self }
    }

    /// How long the vendor will give nothing, if it is known; for ever where only a person can help.
    pub(crate) fn lasts(&self, now: DateTime<Utc>) -> Option<Duration> {
        match self.decision {
            Decision::RetryLater => None,
            Decision::RetryAt(at) => (at - now).to_std().ok(),
            Decision::Stop => Some(Duration::MAX),
        }
    }

    /// The queue's decision.
    pub(crate) fn into_job_error(self, now: DateTime<Utc>) -> JobError {
        match self.decision {
            Decision::RetryLater => JobError::retry(self),
            Decision::RetryAt(at) => {
                let wait = (at - now).to_std().unwrap_or(Duration::ZERO) + Duration::from_secs(1);
                JobError::retry_after(self, wait)
            }
            Decision::Stop => JobError::fatal(self),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! refusals_of {
    ($($client:ident::$error:ident: $vendor_wide:expr, $rule:expr;)*) => {$(
        impl From<$client::$error> for Refusal {
            fn from(mut error: $client::$error) -> Self {
                let decision = match error.decision() {
                    $client::Decision::RetryLater => Decision::RetryLater,
                    $client::Decision::RetryAt(at) => Decision::RetryAt(at),
                    $client::Decision::Stop => Decision::Stop,
                };
                let is_vendor_wide = ($vendor_wide)(&error);
                let rule: Option<&'static RuleInfo> = ($rule)(&error);
                let responses = answer::responses(error.take_pages());
                let dataset = responses.last().map(|response: &RawResponse| response.dataset.clone());
                let defect = rule.zip(dataset).map(|(rule, dataset)| Defect { rule, dataset });
                Self { decision, is_vendor_wide, defect, message: error.to_string(), responses }
            }
        }
    )*};
}

refusals_of! {
    source_tushare::TushareError: tushare_wide, rules::tushare;
    source_tdx::TdxError: |error: &source_tdx::TdxError| matches!(error, source_tdx::TdxError::AllServersBad { .. }),
        rules::tdx;
    source_aktools::AktoolsError: |error: &source_aktools::AktoolsError| {
        matches!(error, source_aktools::AktoolsError::Refused { .. })
    }, rules::aktools;
    source_yahoo::YahooError: source_yahoo::YahooError::concerns_every_code, rules::yahoo;
    source_alpha_vantage::AlphaVantageError: source_alpha_vantage::AlphaVantageError::concerns_every_code,
        rules::alpha_vantage;
}

/// An account that is refused or spent, and a server that does not answer, are so for every code.
fn tushare_wide(error: &source_tushare::TushareError) -> bool {
    use source_tushare::TushareError as E;
    matches!(
        error,
        E::BadToken { .. }
            | E::NoPermission { .. }
            | E::TooManyIps { .. }
            | E::MinuteLimit { .. }
            | E::HourLimit { .. }
            | E::DayLimit { .. }
            | E::Unavailable { .. }
            | E::NotPublishedYet { .. }
    )
}

/// What can end a fetch: the vendor, or something of our own (Redis, the writer, a mistake in the job).
#[derive(Debug)]
pub(crate) enum Trouble {
    Refused(Refusal),
    Failed(JobError),
}

impl From<JobError> for Trouble {
    fn from(error: JobError) -> Self {
        Self::Failed(error)
    }
}

impl<E: Into<Refusal>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}
