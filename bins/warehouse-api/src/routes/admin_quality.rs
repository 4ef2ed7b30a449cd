//! `POST /admin/quality/check`: asks for the rules to be run.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::{Pushed, payload::QualityJob};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{accepted::Accepted, admin_ingest::not_in_the_future};
use crate::{
    app::App,
    query::{Params, missing, parse_body, read_body, read_date},
};

pub(crate) const FIELDS: &[&str] = &["dates", "all"];
/// A year of trading days: for more, the whole history is not slower.
const DATES: usize = 250;

/// What is to be judged: some days, or all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckRequest {
    /// These days, `YYYY-MM-DD` or `YYYYMMDD`, 250 at most.
    #[schema(example = json!(["2026-04-30"]))]
    dates: Option<Vec<String>>,
    /// `true`: the whole history.
    #[schema(example = false)]
    all: Option<bool>,
}

/// What became of the request, and what it came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckAccepted {
    #[serde(flatten)]
    job: Accepted,
    /// The generation that is judged, or a newer one.
    generation: u64,
    /// The days, ascending; null for the whole history.
    dates: Option<Vec<NaiveDate>>,
}

/// Queues a check of some days, or of the whole history, on the generation that is being served.
///
/// The request is a JSON object, or the same as parameters (`dates` separated by commas). Every publish of market data is
/// checked without it; this is for after a change of the rules or of their options.
#[utoipa::path(
    post, path = "/admin/quality/check", tag = "admin", operation_id = "check_quality",
    params(
        ("dates" = Option<String>, Query, description = "Without a body: these days, separated by commas", example = "2026-04-30,2026-04-29"),
        ("all" = Option<bool>, Query, description = "Without a body: `true` for the whole history", example = false),
        ("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another"),
    ),
    request_body(content = CheckRequest, description = "What is to be judged; may be left out for parameters"),
    responses(
        (status = 202, description = "Accepted", body = CheckAccepted),
        (status = 400, description = "Neither days nor `all`, or both; a day is in the future", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`, or `no-generation-yet`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let asked = match &*read_body(body).await? {
        [] => from_query(&parts.uri)?,
        json => parse_body(&parts.uri, json, FIELDS)?,
    };
    let (generation, dates, pushed) = asked.request(&app, request_id.as_str()).await?;
    let job = Accepted::from(pushed);
    Ok((StatusCode::ACCEPTED, Json(CheckAccepted { job, generation, dates })).into_response())
}

fn from_query(uri: &Uri) -> Result<CheckRequest, Problem> {
    CheckRequest::from_params(&Params::parse(uri, FIELDS)?)
}

impl CheckRequest {
    /// What `params` ask for; the days are separated by commas.
    ///
    /// # Errors
    /// 400 where `all` is neither true nor false.
    pub(crate) fn from_params(params: &Params) -> Result<Self, Problem> {
        let dates = params.get("dates").map(|dates| dates.split(',').map(|date| date.trim().to_owned()).collect());
        let all = match params.get("all") {
            Some(_) => Some(params.choice("all", &[("false", false), ("true", true)])?),
            None => None,
        };
        Ok(Self { dates, all })
    }

    /// Asks quality-worker for it; says which generation is judged and which days (`None` for all).
    ///
    /// # Errors
    /// 400 for days that cannot be judged, 503 `no-generation-yet` and `queue-unreachable`.
    pub(crate) async fn request(
        &self,
        app: &App,
        request_id: &str,
    ) -> Result<(u64, Option<Vec<NaiveDate>>, Pushed), Problem> {
        let dates = self.dates(app.clock.now())?;
        let generation = app.generation()?.number();
        let job = QualityJob::CheckGeneration { generation: Some(generation), dates: dates.clone() };
        let pushed = app.jobs.check(&job, request_id).await?;
        Ok((generation, dates, pushed))
    }

    /// The days, ascending, each once; `None` for all.
    fn dates(&self, now: DateTime<Utc>) -> Result<Option<Vec<NaiveDate>>, Problem> {
        let Some(texts) = &self.dates else {
            return if self.all == Some(true) { Ok(None) } else { Err(missing("dates", "2026-04-30, or all=true")) };
        };
        if self.all == Some(true) {
            return Err(Problem::invalid("all", "give dates or all=true, not both"));
        }
        let mut dates = texts.iter().map(|text| read_date("dates", text)).collect::<Result<Vec<_>, _>>()?;
        dates.sort_unstable();
        dates.dedup();
        if dates.is_empty() || dates.len() > DATES {
            let detail = format!("name 1 to {DATES} days, or all=true; these are {}", dates.len());
            return Err(Problem::invalid("dates", detail));
        }
        dates.iter().try_for_each(|date| not_in_the_future("dates", *date, now))?;
        Ok(Some(dates))
    }
}
