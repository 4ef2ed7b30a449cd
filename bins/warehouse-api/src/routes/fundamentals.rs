//! `GET /warehouse/fundamentals`: what every source says of one company and quarter, side by side.

mod absence;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::Uri,
    response::Response,
};
use chrono::NaiveDate;
use daemon_kit::problem::Problem;
use market_model::{Code, Metric};
use warehouse::{Claim, Claims, Generation};

use crate::{
    answer::DataAnswer,
    app::App,
    query::{Format, Params, date, nearest, parse_code, period, shown, unknown_code},
    shanghai,
    timing::Timing,
    write::json::JsonWriter,
};

struct FundamentalsQuery {
    code: Code,
    period: NaiveDate,
    as_of: Option<NaiveDate>,
    metric: Option<Metric>,
}

impl FundamentalsQuery {
    fn parse(uri: &Uri, generation: &Generation) -> Result<Self, Problem> {
        let params = Params::parse(uri, &["code", "period", "as_of", "metric"])?;
        let code = parse_code(&params, generation)?;
        params.required("period", "2025Q3")?;
        let period = period(&params)?.unwrap_or_default();
        let as_of = date(&params, "as_of")?;
        let metric = metric(&params)?;
        if !generation.knows(&code) {
            return Err(unknown_code(code, generation));
        }
        Ok(Self { code, period, as_of, metric })
    }

    /// Leaves what was asked for.
    fn choose(&self, mut claims: Claims) -> Claims {
        if let Some(metric) = self.metric {
            claims.claims.retain(|claim| claim.metric == metric.as_str());
            claims.hidden.retain(|claim| claim.metric == metric.as_str());
        }
        claims
    }
}

fn metric(params: &Params) -> Result<Option<Metric>, Problem> {
    let Some(text) = params.get("metric") else { return Ok(None) };
    Metric::parse(text).map(Some).ok_or_else(|| {
        let known = Metric::ALL.iter().map(|metric| metric.as_str());
        let detail = match nearest(text, known.clone()).first() {
            Some(near) => format!("there is no metric `{}`: did you mean `{near}`?", shown(text)),
            None => format!("there is no metric `{}`", shown(text)),
        };
        Problem::invalid("metric", detail).allowed(known)
    })
}

/// What every source says of one company and quarter: claims stand side by side, each with its source and announcement.
///
/// A figure that a source announced again (a restatement) is listed once per announcement, newest first; the older ones are
/// `superseded`. With `as_of` only what was announced by that day is seen, and what nobody dates is not.
///
/// Valuation figures (`pe`, `pb`, market values, share counts …) are those of the quarter's last trading day, once it is in.
#[utoipa::path(
    get, path = "/warehouse/fundamentals", tag = "warehouse", operation_id = "fundamentals",
    params(
        ("code" = String, Query, description = "The instrument, `SYMBOL.SUFFIX`", example = "600519.SH"),
        ("period" = String, Query, description = "The quarter: `2025Q3`, or its last day, `2025-09-30` or `20250930`", example = "2025Q3"),
        ("as_of" = Option<String>, Query, description = "Only what was announced by this day", example = "2025-11-01"),
        ("metric" = Option<String>, Query, description = "One figure only", example = "net_profit_parent"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The claims; if there are none, `missing` says why", body = crate::openapi::FundamentalsBody),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is missing, unknown or wrong; `ambiguous-code` for a symbol without its exchange", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown-code`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "Our fault; the log has the reason under the answer's x-request-id", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let query = FundamentalsQuery::parse(request.uri(), &generation)?;
    let variant = ["fundamentals", "none", Format::Json.name()];
    let mut answer = DataAnswer::new(generation, timing, variant, app.moment());
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let generation = answer.generation.clone();
    let (code, period, as_of) = (query.code, query.period, query.as_of);
    let claims = app.queries.run(move || generation.fundamentals(&code, period, as_of)).await?;
    answer.timing.read_until_now();
    let body = json(&answer.generation, &query, &query.choose(claims));
    Ok(answer.ok(Format::Json, body))
}

fn json(generation: &Generation, query: &FundamentalsQuery, claims: &Claims) -> Vec<u8> {
    let mut json = JsonWriter::default();
    json.open(b'{').key("code").string(query.code.as_str()).key("period").date(query.period);
    json.key("claims").open(b'[');
    for claim in &claims.claims {
        push_claim(&mut json, claim);
    }
    json.close(b']').key("source").string("curated").key("as_of").optional_date(query.as_of);
    json.key("generation").integer(generation.number().cast_signed()).key("missing").open(b'[');
    if claims.claims.is_empty() {
        let seen_on = query.as_of.unwrap_or_else(|| shanghai::date(generation.published_at()));
        let reason = absence::reason(claims, generation.instrument(&query.code), query.period, seen_on);
        json.open(b'{').key("period").date(query.period).key("reason").string(reason).close(b'}');
    }
    json.close(b']').close(b'}');
    json.finish()
}

fn push_claim(json: &mut JsonWriter, claim: &Claim) {
    json.open(b'{').key("metric").string(&claim.metric).key("value").number(Some(claim.value));
    json.key("unit").string(&claim.unit).key("source").string(&claim.source);
    json.key("announced_at").optional_date(claim.announced);
    json.key("ingested_at").string(&shanghai::text(claim.ingested_at)).key("raw_id").optional_integer(claim.raw_id);
    json.key("superseded").verbatim(if claim.superseded { "true" } else { "false" }).close(b'}');
}
