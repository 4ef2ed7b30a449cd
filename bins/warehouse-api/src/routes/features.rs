//! `GET /warehouse/features`: the features of one code on one day.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::Response,
};
use chrono::{Days, NaiveDate};
use daemon_kit::problem::Problem;
use market_model::{Adjust, Code};
use warehouse::{Anchor, Bar, FeatureRow, Generation, WarehouseError, is_whole_market};

use crate::{
    answer::DataAnswer,
    app::App,
    query::{ADJUSTMENTS, Format, Params, date, parse_code, unknown_code},
    timing::Timing,
    write::json::JsonWriter,
};

/// How far back the nearest earlier bar is looked for: longer than any suspension on record.
const LOOK_BACK_DAYS: u64 = 3_000;

struct FeaturesQuery {
    code: Code,
    date: NaiveDate,
    adjust: Adjust,
}

impl FeaturesQuery {
    fn parse(uri: &Uri, generation: &Generation) -> Result<Self, Problem> {
        let params = Params::parse(uri, &["code", "date", "adjust"])?;
        let adjust = params.choice("adjust", &ADJUSTMENTS)?;
        let code = parse_code(&params, generation)?;
        params.required("date", "2026-04-30")?;
        let date = date(&params, "date")?.unwrap_or_default();
        if !generation.knows(&code) {
            return Err(unknown_code(code, generation));
        }
        Ok(Self { code, date, adjust })
    }
}

/// Moving averages, momentum, volatility and valuation of one code on one trading day.
///
/// A value whose window is not full is null. Days older than the stored 90 are computed for the answer by the same kernels
/// (`computed: true`).
#[utoipa::path(
    get, path = "/warehouse/features", tag = "warehouse", operation_id = "features",
    params(
        ("code" = String, Query, description = "The instrument, `SYMBOL.SUFFIX`", example = "600519.SH"),
        ("date" = String, Query, description = "The trading day, `YYYY-MM-DD` or `YYYYMMDD`", example = "2026-04-30"),
        ("adjust" = Option<String>, Query, description = "Basis of the moving averages: `qfq` (default), `hfq`, or `none` (the traded prices of that day)", example = "qfq"),
        ("if-none-match" = Option<String>, Header, description = "An earlier answer's ETag: 304 if it still holds"),
    ),
    responses(
        (status = 200, description = "The features", body = crate::openapi::FeaturesBody),
        (status = 304, description = "The caller has this answer already"),
        (status = 400, description = "A parameter is missing or wrong", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The token lacks the scope `read`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`unknown-code`, or `no-bar` with the reason and the nearest earlier bar", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "`no-generation-yet`, or `busy`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
        (status = 504, description = "`query-timeout`", body = crate::openapi::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let timing = Timing::start();
    let generation = app.generation()?;
    let query = FeaturesQuery::parse(request.uri(), &generation)?;
    let variant = ["feature", query.adjust.as_str(), Format::Json.name()];
    let mut answer = DataAnswer::new(generation, timing, variant, app.moment());
    if let Some(not_modified) = answer.not_modified(request.headers()) {
        return Ok(not_modified);
    }
    let (generation, code, date) = (answer.generation.clone(), query.code, query.date);
    let found = app.queries.run(move || find(&generation, &code, date)).await?;
    answer.timing.read_until_now();
    if let Some((row, bar)) = found {
        let body = json(&answer.generation, &query, &row, &bar);
        return Ok(answer.ok(Format::Json, body));
    }
    let generation = answer.generation;
    Err(app.queries.run(move || no_bar(&generation, &query)).await?)
}

fn find(generation: &Generation, code: &Code, date: NaiveDate) -> Result<Option<(FeatureRow, Bar)>, WarehouseError> {
    let mut bars = Vec::new();
    generation.bars(code, date, date, &mut bars)?;
    let Some(bar) = bars.pop() else { return Ok(None) };
    Ok(generation.features(code, date)?.map(|row| (row, bar)))
}

fn json(generation: &Generation, query: &FeaturesQuery, row: &FeatureRow, bar: &Bar) -> Vec<u8> {
    let anchor = basis(generation, query, bar);
    let price = |hfq: Option<f64>| {
        hfq.map(|hfq| match (query.adjust, &anchor) {
            (Adjust::Qfq | Adjust::None, Some(anchor)) => hfq / anchor.factor,
            _ => hfq,
        })
    };
    let mut json = JsonWriter::default();
    json.open(b'{').key("code").string(query.code.as_str()).key("date").date(query.date).key("features").open(b'{');
    json.key("ma_5").number(price(row.ma_5)).key("ma_10").number(price(row.ma_10));
    json.key("ma_20").number(price(row.ma_20)).key("ma_60").number(price(row.ma_60));
    json.key("momentum_5d").number(row.momentum_5d).key("momentum_20d").number(row.momentum_20d);
    json.key("volatility_20d").number(row.volatility_20d);
    json.key("pe_ttm").number(row.pe_ttm).key("pb").number(row.pb).close(b'}');
    json.key("source").string("feature").key("adjust").string(query.adjust.as_str()).key("anchor");
    json.value(|out| super::daily::meta::push_anchor(out, anchor.as_ref()));
    json.key("computed").verbatim(if row.computed { "true" } else { "false" });
    json.key("generation").integer(generation.number().cast_signed()).close(b'}');
    json.finish()
}

/// The bar that the averages are relative to: the code's last one, or the day's own where traded prices are asked for (an
/// average across an ex-right day has no other meaning in traded prices than "as seen from that day").
fn basis(generation: &Generation, query: &FeaturesQuery, bar: &Bar) -> Option<Anchor> {
    let anchor = generation.anchor(&query.code)?;
    Some(match query.adjust {
        Adjust::None => Anchor { date: bar.date, factor: bar.factor, ..anchor },
        Adjust::Qfq | Adjust::Hfq => anchor,
    })
}

/// 404 `no-bar`: why, and where to look instead.
fn no_bar(generation: &Generation, query: &FeaturesQuery) -> Result<Problem, WarehouseError> {
    let FeaturesQuery { code, date, .. } = query;
    let missing = generation.missing(code, *date, *date)?;
    // Elsewhere nobody here keeps the calendar.
    let closed = if is_whole_market(code) { "not_a_trading_day" } else { "holiday_or_gap" };
    let reason = missing.first().map_or(closed, |missing| missing.reason.as_str());
    let mut bars = Vec::new();
    let from = date.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(NaiveDate::MIN);
    generation.bars(code, from, *date, &mut bars)?;
    let nearest = bars.last().map(|bar| bar.date.to_string());
    let mut detail = format!("{code} has no bar on {date} ({reason})");
    if let Some(nearest) = &nearest {
        detail.push_str(&format!("; the nearest earlier one is on {nearest}"));
    }
    Ok(Problem::new(StatusCode::NOT_FOUND, "no-bar", "No bar on that day", detail)
        .field("date")
        .with("reason", reason)
        .with("nearest_earlier", nearest))
}
