//! `GET /warehouse/macro`: one macroeconomic series, or the list of them.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::Response,
};
use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use warehouse::{Generation, MacroAnswer, MacroRow, MacroSeries, WarehouseError};

use crate::{
    answer::DataAnswer,
    app::App,
    query::{Format, Params, date, nearest, shown},
    shanghai,
    timing::Timing,
    write::json::JsonWriter,
};

/// What is asked of one series.
#[derive(Debug, Clone)]
struct MacroQuery {
    series: String,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    as_of: Option<NaiveDate>,
}

impl MacroQuery {
    /// Reads the query; `None` asks for the list.
    fn parse(uri: &Uri) -> Result<Option<Self>, Problem> {
        let params = Params::parse(uri, &["series", "start", "end", "as_of"])?;
        let (start, end, as_of) = (date(&params, "start")?, date(&params, "end")?, date(&params, "as_of")?);
        let Some(series) = params.get("series") else {
            let beside = ["start", "end", "as_of"].into_iter().find(|name| params.get(name).is_some());
            return beside.map_or(Ok(None), |name| Err(without_series(name)));
        };
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            return Err(Problem::invalid("start", format!("start {start} is after end {end}")));
        }
        Ok(Some(Self { series: series.to_owned(), start, end, as_of }))
    }

    fn range(&self, of: &MacroSeries) -> (NaiveDate, NaiveDate) {
        (self.start.unwrap_or(of.first_period), self.end.unwrap_or(of.last_period))
    }
}

fn without_series(name: &str) -> Problem {
    let detail = format!(
        "parameter `{name}` needs a `series`, for example series=china_cpi_yearly; without any the list of series is answered"
    );
    Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail).field("series")
}

/// A series that is there, with its figures, or every series there is.
enum Found {
    Rows(MacroSeries, MacroAnswer),
    Unknown(Vec<MacroSeries>),
}

/// One macroeconomic series, one row per period; without `series`, the list of them.
///
/// `period` is the last day of what a figure is about, `published_at` the day it was published. Of several publications of a
/// period the newest counts, and `revisions` says how many it replaces; with `as_of` only what was published by that day is
/// seen, and what nobody dates is not.
#[utoipa::path(
    get, path = "/warehouse/macro", tag = "warehouse", operation_id = "macro_series",
    params(
        ("series" = Option<String>, Query, description = "The series. Without it the list of series is answered", example = "china_cpi_yearly"),
        ("start" = Option<String>, Query, description = "First period end, `YYYY-MM-DD` or `YYYYMMDD`. Default: the series' first", example = "2025-01-01"),
        ("end" = Option<String>, Query, description = "Last period end, included. Default: the series' last", example = "2025-12-31"),
        ("as_of" = Option<String>, Query, description = "Only what was published by this day", example = "2025-11-01"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The figures, or the list", body = crate::openapi::MacroBody),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is unknown or wrong; an unknown series is answered with the nearest names", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let query = MacroQuery::parse(request.uri())?;
    let variant = ["macro", if query.is_some() { "series" } else { "list" }, Format::Json.name()];
    let mut answer = DataAnswer::new(generation, timing, variant, app.moment());
    let Some(query) = query else {
        if let Some(not_modified) = answer.not_modified(request.headers()) {
            return Ok(not_modified);
        }
        let generation = answer.generation.clone();
        let all = app.queries.run(move || generation.macro_series()).await?;
        answer.timing.read_until_now();
        let body = list_json(&answer.generation, &all);
        return Ok(answer.ok(Format::Json, body));
    };
    let (generation, asked) = (answer.generation.clone(), query.clone());
    let found = app.queries.run(move || find(&generation, &asked)).await?;
    answer.timing.read_until_now();
    let (series, rows) = match found {
        Found::Rows(series, rows) => (series, rows),
        Found::Unknown(known) => return Err(unknown_series(&query.series, &known)),
    };
    let (start, end) = query.range(&series);
    if start > end {
        let detail = format!("start {start} is after {end}, the end of the series' last period");
        return Err(Problem::invalid("start", detail));
    }
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let body = json(&answer.generation, &query, &series, &rows);
    Ok(answer.ok(Format::Json, body))
}

fn find(generation: &Generation, query: &MacroQuery) -> Result<Found, WarehouseError> {
    let mut all = generation.macro_series()?;
    let Some(at) = all.iter().position(|series| series.series == query.series) else { return Ok(Found::Unknown(all)) };
    let series = all.swap_remove(at);
    let (start, end) = query.range(&series);
    let rows = generation.macro_observations(&query.series, start, end, query.as_of)?;
    Ok(Found::Rows(series, rows))
}

fn unknown_series(asked: &str, known: &[MacroSeries]) -> Problem {
    let near = nearest(asked, known.iter().map(|series| series.series.as_str()));
    let asked = shown(asked);
    let detail = match near.first() {
        Some(first) => format!("the warehouse has no series `{asked}`: did you mean `{first}`?"),
        None if known.is_empty() => format!("the warehouse has no series `{asked}`: none has been ingested yet"),
        None => format!("the warehouse has no series `{asked}`; GET /warehouse/macro lists what there is"),
    };
    Problem::invalid("series", detail).allowed(near)
}

fn list_json(generation: &Generation, all: &[MacroSeries]) -> Vec<u8> {
    let mut json = JsonWriter::default();
    json.open(b'{').key("series").open(b'[');
    for series in all {
        json.open(b'{').key("series").string(&series.series).key("unit").string(&series.unit);
        json.key("sources").open(b'[');
        for source in &series.sources {
            json.string(source);
        }
        json.close(b']').key("first_period").date(series.first_period).key("last_period").date(series.last_period);
        json.key("periods").integer(series.periods.cast_signed());
        json.key("last_published_at").optional_date(series.last_published).close(b'}');
    }
    json.close(b']').key("source").string("curated");
    json.key("generation").integer(generation.number().cast_signed()).close(b'}');
    json.finish()
}

fn json(generation: &Generation, query: &MacroQuery, series: &MacroSeries, answer: &MacroAnswer) -> Vec<u8> {
    let mut json = JsonWriter::default();
    json.open(b'{').key("series").string(&series.series).key("unit").string(&series.unit).key("rows").open(b'[');
    for row in &answer.rows {
        push_row(&mut json, row);
    }
    json.close(b']').key("source").string("curated").key("as_of").optional_date(query.as_of);
    json.key("first_period").date(series.first_period).key("last_period").date(series.last_period);
    json.key("generation").integer(generation.number().cast_signed()).key("missing").open(b'[');
    if answer.rows.is_empty() {
        let (start, end) = query.range(series);
        json.open(b'{').key("start").date(start).key("end").date(end);
        json.key("reason").string(absence(answer, series, (start, end))).close(b'}');
    }
    json.close(b']').close(b'}');
    json.finish()
}

/// Why there is no row.
fn absence(answer: &MacroAnswer, series: &MacroSeries, (start, end): (NaiveDate, NaiveDate)) -> &'static str {
    if answer.next_published.is_some() {
        "not_yet_published"
    } else if answer.undated > 0 {
        "publication_unknown"
    } else if end < series.first_period {
        "before_first_period"
    } else if start > series.last_period {
        "after_last_period"
    } else {
        "no_period"
    }
}

fn push_row(json: &mut JsonWriter, row: &MacroRow) {
    json.open(b'{').key("period").date(row.period).key("published_at").optional_date(row.published);
    json.key("value").number(Some(row.value)).key("consensus").number(row.consensus);
    json.key("previous").number(row.previous).key("source").string(&row.source);
    json.key("ingested_at").string(&shanghai::text(row.ingested_at));
    json.key("revisions").integer(i64::from(row.revisions)).close(b'}');
}
