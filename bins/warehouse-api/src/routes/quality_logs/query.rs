//! What is asked of the quality log.

use axum::http::Uri;
use daemon_kit::problem::Problem;
use market_model::Code;
use warehouse::{FindingFilter, Generation};

use crate::query::{Params, Span, cursor, limit, optional_code, rule, severity};

const PARAMETERS: &[&str] = &["severity", "check", "code", "since", "until", "open", "limit", "cursor"];
/// The default first.
const OPEN: [(&str, bool); 2] = [("false", false), ("true", true)];

/// A request that can be answered.
#[derive(Debug)]
pub(super) struct LogsQuery {
    pub(super) filter: FindingFilter,
    /// The code asked for, if any.
    pub(super) code: Option<Code>,
}

impl LogsQuery {
    /// Reads the query of `uri`.
    ///
    /// # Errors
    /// 400 that names the parameter and what it may be.
    pub(super) fn parse(uri: &Uri, generation: &Generation) -> Result<Self, Problem> {
        let params = Params::parse(uri, PARAMETERS)?;
        let Span { since, until } = Span::parse(&params)?;
        let code = optional_code(&params, generation)?;
        let filter = FindingFilter {
            severity: severity(&params)?,
            check: rule(&params, "check")?.map(str::to_owned),
            code,
            trade_dates: None,
            since,
            until,
            open_only: params.choice("open", &OPEN)?,
            after: cursor(&params)?,
            limit: limit(&params)?,
        };
        Ok(Self { filter, code })
    }
}
