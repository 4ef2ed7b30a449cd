//! `POST /admin/ingest/run`: asks the ingest worker for one day of one source.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use daemon_kit::{problem::Problem, request_id::RequestId};
use job_queue::{
    Pushed,
    payload::{IngestJob, on_request_id},
};
use market_model::TradingCalendar;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    query::{Params, date},
    shanghai,
};

const SOURCES: [(&str, &str); 1] = [("tushare", "tushare")];
/// Vendors serve live partial bars before the exchange's close plus its publication delay.
const DAY_IS_OVER: NaiveTime = match NaiveTime::from_hms_opt(15, 30, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// What became of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IngestAccepted {
    /// The job that will do it (or does it already, or did it for the same request id).
    #[schema(example = "fetch_daily_market@2026-04-30#5f3a9c01d2e4b678")]
    job_id: String,
    /// `queued`: a new job; `coalesced`: a job for the same day waits or runs already, nothing was added; `duplicate`: this
    /// request id was used before, nothing was added.
    #[schema(example = "queued")]
    state: &'static str,
    /// The state of the job that was there before, for `coalesced` and `duplicate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "running")]
    job_state: Option<&'static str>,
    /// The twin's id, for `coalesced`.
    #[serde(skip_serializing_if = "Option::is_none")]
    with: Option<String>,
    /// The trading day.
    trade_date: NaiveDate,
}

/// Queues the fetch of one trading day.
#[utoipa::path(
    post, path = "/admin/ingest/run", tag = "admin", operation_id = "run_ingest",
    params(
        ("source" = String, Query, description = "The source to fetch from", example = "tushare"),
        ("date" = Option<String>, Query, description = "The trading day, `YYYY-MM-DD` or `YYYYMMDD`. Default: the last one that is over (15:30 in Shanghai)", example = "2026-04-30"),
        ("x-request-id" = Option<String>, Header, description = "1 to 64 characters of A-Z a-z 0-9 . _ -; sent again it finds the same job instead of making another"),
    ),
    responses(
        (status = 202, description = "Accepted", body = IngestAccepted),
        (status = 400, description = "A parameter is missing or wrong; the day is in the future or not a trading day", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `admin`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`queue-unreachable`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn run(
    State(app): State<Arc<App>>,
    Extension(request_id): Extension<RequestId>,
    request: Request,
) -> Result<Response, Problem> {
    let params = Params::parse(request.uri(), &["source", "date"])?;
    params.required("source", SOURCES[0].0)?;
    let source = params.choice("source", &SOURCES)?;
    let generation = app.reader.current();
    let calendar = generation.as_ref().map(|generation| generation.calendar());
    let trade_date = trading_day(date(&params, "date")?, calendar, app.clock.now())?;
    let job = IngestJob::FetchDailyMarket { source: source.to_owned(), trade_date };
    let id = on_request_id(job.name(), trade_date, request_id.as_str());
    let twin = format!("{}@{source}@{trade_date}", job.name());
    let pushed = app.ingest.push(&id, &twin, &job).await?;
    tracing::info!(job.id = id, outcome = ?pushed, "ingest of {trade_date} from {source} requested");
    Ok((StatusCode::ACCEPTED, Json(accepted(pushed, trade_date))).into_response())
}

/// The day to fetch: the one asked for, if it can have data, or the last one that is over.
///
/// Without a calendar (nothing is published yet) a day must be named, and only the future is refused: trading days are
/// never inferred from weekdays.
fn trading_day(
    asked: Option<NaiveDate>,
    calendar: Option<&TradingCalendar>,
    now: DateTime<Utc>,
) -> Result<NaiveDate, Problem> {
    let today = shanghai::date(now);
    let is_over = |date: NaiveDate| date < today || (date == today && shanghai::time(now) >= DAY_IS_OVER);
    let Some(date) = asked else { return last_day_over(calendar, today, is_over) };
    if date > today {
        return Err(Problem::invalid("date", format!("{date} is in the future; it is {today} in Shanghai")));
    }
    if calendar.and_then(|calendar| calendar.is_open(date)) == Some(false) {
        let nearest = calendar.and_then(|calendar| calendar.previous_open(date));
        let detail = format!("{date} is not a trading day");
        let problem = Problem::invalid("date", detail);
        return Err(match nearest {
            Some(day) => problem.with("previous_trading_day", day.to_string()),
            None => problem,
        });
    }
    if !is_over(date) {
        let detail = format!("the trading day {date} is not over: vendors are complete from 15:30 in Shanghai");
        return Err(Problem::invalid("date", detail));
    }
    Ok(date)
}

fn last_day_over(
    calendar: Option<&TradingCalendar>,
    today: NaiveDate,
    is_over: impl Fn(NaiveDate) -> bool,
) -> Result<NaiveDate, Problem> {
    let trades_today = calendar.and_then(|calendar| calendar.is_open(today)) == Some(true);
    if trades_today && is_over(today) {
        return Ok(today);
    }
    calendar.and_then(|calendar| calendar.previous_open(today)).ok_or_else(|| {
        let detail = "parameter `date` is required until the trading calendar has been ingested";
        Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail).field("date")
    })
}

fn accepted(pushed: Pushed, trade_date: NaiveDate) -> IngestAccepted {
    let (job_id, state, job_state, with) = match pushed {
        Pushed::New { id } => (id, "queued", None, None),
        Pushed::Coalesced { with, state } => (with.clone(), "coalesced", Some(state), Some(with)),
        Pushed::Duplicate { id, state } => (id, "duplicate", Some(state), None),
    };
    IngestAccepted { job_id, state, job_state: job_state.map(job_queue::JobState::as_str), with, trade_date }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Thursday 30 April 2026 trades, then Labour Day.
    fn calendar() -> TradingCalendar {
        TradingCalendar::from_days([
            (day("2026-04-29"), true),
            (day("2026-04-30"), true),
            (day("2026-05-01"), false),
            (day("2026-05-02"), false),
            (day("2026-05-06"), true),
        ])
    }

    /// `now` in Shanghai time.
    fn chosen(asked: Option<&str>, now: &str) -> Result<String, String> {
        let now: DateTime<Utc> = format!("{now}:00+08:00").parse().unwrap();
        trading_day(asked.map(day), Some(&calendar()), now)
            .map(|date| date.to_string())
            .map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn the_default_is_the_last_trading_day_that_is_over() {
        assert_eq!(chosen(None, "2026-04-30T15:29"), Ok("2026-04-29".to_owned()));
        assert_eq!(chosen(None, "2026-04-30T15:30"), Ok("2026-04-30".to_owned()));
        assert_eq!(chosen(None, "2026-05-02T00:10"), Ok("2026-04-30".to_owned()));
    }

    #[test]
    fn a_day_that_cannot_have_data_is_refused() {
        assert_eq!(
            chosen(Some("2026-05-06"), "2026-04-30T18:00").unwrap_err(),
            "2026-05-06 is in the future; it is 2026-04-30 in Shanghai"
        );
        assert_eq!(chosen(Some("2026-05-01"), "2026-05-02T18:00").unwrap_err(), "2026-05-01 is not a trading day");
        assert!(chosen(Some("2026-04-30"), "2026-04-30T12:00").unwrap_err().contains("is not over"));
        assert_eq!(chosen(Some("2026-04-30"), "2026-04-30T16:00"), Ok("2026-04-30".to_owned()));
    }

    #[test]
    fn without_a_calendar_the_day_must_be_named() {
        let now = "2026-04-30T10:00:00Z".parse().unwrap();
        assert_eq!(trading_day(None, None, now).unwrap_err().kind(), "missing-parameter");
        assert_eq!(trading_day(Some(day("2026-04-30")), None, now).unwrap(), day("2026-04-30"));
        assert_eq!(trading_day(Some(day("2026-05-01")), None, now).unwrap_err().kind(), "invalid-parameter");
    }
}
