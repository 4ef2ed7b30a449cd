//! The vendors that are asked company by company.

use std::sync::Arc;

use chrono::NaiveDate;
use job_queue::JobError;
use market_model::{Code, FundamentalClaim};
use source_tdx::TdxError;

use crate::{
    answer::Answer,
    refusal::Refusal,
    sources::{Source, Sources, Tdx},
};

/// Tushare's calls per minute are the limit; a few at a time hide their latency.
const CALLS_AT_A_TIME: usize = 4;

/// A vendor of reports.
pub(super) enum Companies {
    Tushare(Arc<source_tushare::Client>),
    Tdx(Arc<Tdx>),
}

impl Companies {
    pub(super) fn of(sources: &Sources, source: Source) -> Result<Self, JobError> {
        match source {
            Source::Tdx => Ok(Self::Tdx(sources.tdx()?)),
            _ => Ok(Self::Tushare(sources.tushare()?)),
        }
    }

    pub(super) fn at_a_time(&self) -> usize {
        match self {
            Self::Tushare(_) => CALLS_AT_A_TIME,
            Self::Tdx(tdx) => tdx.connections * 2,
        }
    }

    /// What the company reported. TDX has the latest report only, which may be about another period: it is taken as it is.
    pub(super) async fn claims(&self, code: Code, period: NaiveDate) -> Result<Answer<FundamentalClaim>, Refusal> {
        match self {
            Self::Tushare(client) => Ok(client.fundamentals(period, code).await?.into()),
            Self::Tdx(tdx) => match tdx.client.finance(&code).await {
                Err(TdxError::EmptyUnconfirmed { .. }) => Ok(Answer::default()),
                claims => Ok(claims?.into()),
            },
        }
    }
}
