//! What a request to `/admin/ingest/backfill` asks for, checked before anybody waits for it for hours.

use axum::http::Uri;
use chrono::{DateTime, NaiveDate, Utc};
use daemon_kit::problem::Problem;
use job_queue::{Pushed, payload::IngestJob};
use market_model::Code;
use serde::Deserialize;
use utoipa::ToSchema;
use warehouse::{Generation, is_whole_market};

use super::trading_day::{last_day_over, not_in_the_future};
use crate::{
    app::App,
    query::{Params, missing, parse_body, read_code, read_date, shown},
};

pub(crate) const FIELDS: &[&str] = &["source", "from", "to", "codes"];
/// Those who have whole histories.
pub(crate) const SOURCES: [&str; 2] = ["tdx", "tushare"];
/// How many unknown codes an error lists.
const LISTED: usize = 20;

/// The histories that are wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackfillRequest {
    /// `tdx` or `tushare`.
    #[schema(example = "tdx", required = true)]
    source: Option<String>,
    /// First day wanted, `YYYY-MM-DD` or `YYYYMMDD`.
    #[schema(example = "2016-01-04", required = true)]
    from: Option<String>,
    /// Last day wanted. Default: the last trading day that is over.
    #[schema(example = "2026-04-30")]
    to: Option<String>,
    /// These codes only. Default: every listed one.
    #[schema(example = json!(["600519.SH", "000001.SZ"]))]
    codes: Option<Vec<String>>,
}

/// A request that can be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) source: &'static str,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    /// Ascending, each once.
    pub(crate) codes: Option<Vec<Code>>,
}

impl Wanted {
    fn job(&self) -> IngestJob {
        IngestJob::BackfillHistory {
            source: self.source.to_owned(),
            codes: self.codes.as_ref().map(|codes| codes.iter().map(Code::to_string).collect()),
            from: self.from,
            to: self.to,
            part: 0,
        }
    }
}

impl BackfillRequest {
    /// Reads the parameters of `uri`.
    ///
    /// # Errors
    /// 400 as for every route's parameters.
    pub(super) fn from_query(uri: &Uri) -> Result<Self, Problem> {
        Ok(Self::from_params(&Params::parse(uri, FIELDS)?))
    }

    /// What `params` ask for; the codes are separated by commas.
    pub(crate) fn from_params(params: &Params) -> Self {
        let text = |name: &str| params.get(name).map(str::to_owned);
        let codes = params.get("codes").map(|codes| codes.split(',').map(|code| code.trim().to_owned()).collect());
        Self { source: text("source"), from: text("from"), to: text("to"), codes }
    }

    /// Asks the ingest worker for it.
    ///
    /// # Errors
    /// 400 as [`BackfillRequest::check`], 503 `queue-unreachable`.
    pub(crate) async fn request(&self, app: &App, request_id: &str) -> Result<(Wanted, Pushed), Problem> {
        let generation = app.reader.current();
        let wanted = self.check(generation.as_deref(), app.clock.now())?;
        let pushed = app.jobs.ingest(&wanted.job(), request_id).await?;
        Ok((wanted, pushed))
    }

    /// Reads a JSON body.
    ///
    /// # Errors
    /// 400 for anything but an object with the known fields, and where there are parameters, too.
    pub(super) fn from_body(uri: &Uri, body: &[u8]) -> Result<Self, Problem> {
        parse_body(uri, body, FIELDS)
    }

    /// Checks it against what `generation` knows.
    ///
    /// # Errors
    /// 400 that names the field: unknown source, days in the wrong order or the future, codes that nobody knows or that the
    /// source does not have.
    fn check(&self, generation: Option<&Generation>, now: DateTime<Utc>) -> Result<Wanted, Problem> {
        let source = self.source()?;
        let Some(from) = day("from", self.from.as_deref())? else { return Err(missing("from", "2016-01-04")) };
        let to = match day("to", self.to.as_deref())? {
            Some(to) => to,
            None => {
                last_day_over(generation.map(Generation::calendar), now).map_err(|_| missing("to", "2026-04-30"))?
            }
        };
        not_in_the_future("from", from, now)?;
        not_in_the_future("to", to, now)?;
        if from > to {
            let why = if self.to.is_some() { "" } else { ", the last trading day that is over" };
            return Err(Problem::invalid("from", format!("from {from} is after to {to}{why}")));
        }
        let codes = self.codes.as_deref().map(|codes| read_codes(codes, source, generation)).transpose()?;
        Ok(Wanted { source, from, to, codes })
    }

    fn source(&self) -> Result<&'static str, Problem> {
        let Some(text) = self.source.as_deref() else { return Err(missing("source", SOURCES[0])) };
        SOURCES.into_iter().find(|source| *source == text).ok_or_else(|| {
            Problem::invalid("source", format!("`{}` is no source of whole histories", shown(text))).allowed(SOURCES)
        })
    }
}

fn day(field: &'static str, text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    text.map(|text| read_date(field, text)).transpose()
}

/// Every code on its own: well-formed, of the mainland, and one that exists. The list of shares is complete, so a share that
/// is not in it does not exist; indices and funds are not listed anywhere, their number range must do.
fn read_codes(texts: &[String], source: &str, generation: Option<&Generation>) -> Result<Vec<Code>, Problem> {
    if texts.is_empty() {
        return Err(Problem::invalid("codes", "the list of codes is empty: leave it out to ask for every listed one"));
    }
    let mut codes = texts.iter().map(|text| read_code("codes", text, generation)).collect::<Result<Vec<_>, _>>()?;
    codes.sort_unstable();
    codes.dedup();
    if let Some(code) = codes.iter().find(|code| !code.exchange().is_mainland()) {
        return Err(Problem::invalid("codes", format!("{source} has no history of {code}: only SH, SZ and BJ")));
    }
    let is_unknown = |code: &&Code| generation.is_some_and(|all| is_whole_market(code) && !all.knows(code));
    let unknown: Vec<&str> = codes.iter().filter(is_unknown).map(Code::as_str).collect();
    if unknown.is_empty() {
        return Ok(codes);
    }
    let rest = unknown.len().saturating_sub(LISTED);
    let mut detail = format!("the warehouse has no instrument {}", unknown[..unknown.len() - rest].join(", "));
    if rest > 0 {
        detail.push_str(&format!(" and {rest} others"));
    }
    Err(Problem::invalid("codes", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half past eight in the evening of 30 April 2026, nothing published.
    fn checked(body: &str) -> Result<Wanted, String> {
        let uri = Uri::from_static("/admin/ingest/backfill");
        let now = "2026-04-30T12:30:00Z".parse().unwrap();
        BackfillRequest::from_body(&uri, body.as_bytes())
            .and_then(|request| request.check(None, now))
            .map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn a_request_becomes_one_job_whatever_the_order_of_its_codes() {
        let wanted = checked(
            r#"{"source":"tdx","from":"20160104","to":"2026-04-30","codes":["600519.SH","000001.SZ","600519.SH"]}"#,
        )
        .unwrap();
        let IngestJob::BackfillHistory { source, codes, from, to, part } = wanted.job() else {
            panic!("{wanted:?}");
        };
        assert_eq!((source.as_str(), part), ("tdx", 0));
        assert_eq!((from.to_string().as_str(), to.to_string().as_str()), ("2016-01-04", "2026-04-30"));
        assert_eq!(codes.unwrap(), ["000001.SZ", "600519.SH"]);
        let query = "/admin/ingest/backfill?source=tdx&from=20160104&to=2026-04-30&codes=600519.SH,000001.SZ";
        let by_query = BackfillRequest::from_query(&query.parse().unwrap()).unwrap();
        assert_eq!(by_query.check(None, "2026-04-30T12:30:00Z".parse().unwrap()).unwrap(), wanted);
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        for (body, told) in [
            (r#"{"from":"2016-01-04"}"#, "`source` is required, for example source=tdx"),
            (r#"{"source":"yahoo","from":"2016-01-04"}"#, "`yahoo` is no source of whole histories"),
            (r#"{"source":"tdx"}"#, "`from` is required, for example from=2016-01-04"),
            (r#"{"source":"tdx","from":"2016-01-04"}"#, "`to` is required, for example to=2026-04-30"),
            (
                r#"{"source":"tdx","from":"4.1.2016","to":"20260430"}"#,
                "`4.1.2016` is not a date: write YYYY-MM-DD or YYYYMMDD",
            ),
            (r#"{"source":"tdx","from":"20260430","to":"20260429"}"#, "from 2026-04-30 is after to 2026-04-29"),
            (
                r#"{"source":"tdx","from":"20260430","to":"20260501"}"#,
                "2026-05-01 is in the future; it is 2026-04-30 in Shanghai",
            ),
            (
                r#"{"source":"tdx","from":"20160104","to":"20260430","codes":[]}"#,
                "the list of codes is empty: leave it out to ask for every listed one",
            ),
            (
                r#"{"source":"tdx","from":"20160104","to":"20260430","codes":["AAPL.US"]}"#,
                "tdx has no history of AAPL.US: only SH, SZ and BJ",
            ),
            (
                r#"{"source":"tdx","from":"20160104","to":"20260430","codes":["000001"]}"#,
                "`000001` names no exchange: write one of the candidates",
            ),
        ] {
            assert_eq!(checked(body).unwrap_err(), told, "{body}");
        }
        for body in [r#"["tdx"]"#, r#"{"source":"tdx","since":"2016"}"#, "{", r#"{"source":5}"#] {
            let told = checked(body).unwrap_err();
            assert!(told.starts_with("the body is not what is expected: "), "{told}");
        }
    }
}
