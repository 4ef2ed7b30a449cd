//! What a refusal means, by tables.
//!
//! A provider's table is read from its first row to the first that fits, then the rows that hold for everybody; the
//! last of those fits always. Providers disagree about the same words (a 429 `insufficient_quota` is a passing limit at
//! DashScope and an empty account at OpenAI), so that nothing is judged by its status or its text alone.

mod dashscope;
mod everybody;
mod new_api;
mod openai;
mod retry_after;
mod row;
mod said;
mod siliconflow;
#[cfg(test)]
mod tests;

use std::time::Duration;

use hyper::{HeaderMap, StatusCode};
use route_policy::{Meter, Verdict};

use crate::{Dialect, OpenAiError, skim};
use row::Row;
use said::Said;

/// A failed attempt, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it means for the request and for whatever shares its cause.
    pub verdict: Verdict,
    /// How long the upstream asks to wait; none where it does not say.
    pub retry_after: Option<Duration>,
    /// How a caller is told, should it be told.
    pub error: OpenAiError,
    /// The row of the tables that fitted, such as `dashscope-arrearage`: for logs and decision records.
    pub rule: &'static str,
}

/// Judges an answer whose status is no success. Keys that the upstream echoes are masked as far as they can be known by
/// their looks; [`Target::classify`](crate::Target::classify) also hides its own.
pub fn classify(dialect: Dialect, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refused {
    judge(dialect, Some(status.as_u16()), headers, Said::read(body))
}

/// Judges the data of an event, or the body of a 200, that may be an error (`{"error": …}`, SiliconFlow's `{"code": …,
/// "message": …}`); none when it is none.
pub fn classify_event(dialect: Dialect, data: &[u8]) -> Option<Refused> {
    if !skim::skim(data).is_error() {
        return None;
    }
    let said = Said::read(data);
    Some(judge(dialect, said.status, &HeaderMap::new(), said))
}

/// Judges the whole body of a success that is no stream: an error in disguise, or something that is no JSON object at all
/// (a page of a firewall, nothing); none when it may be what was asked for.
pub fn classify_success(dialect: Dialect, body: &[u8]) -> Option<Refused> {
    let skimmed = skim::skim(body);
    let is_object = skimmed.is_object && body.trim_ascii_end().ends_with(b"}");
    if is_object && !skimmed.is_error() {
        return None;
    }
    let said = Said::read(body);
    let status = said.status.or((!is_object).then_some(200));
    Some(judge(dialect, status, &HeaderMap::new(), said))
}

fn judge(dialect: Dialect, status: Option<u16>, headers: &HeaderMap, said: Said) -> Refused {
    let text = said.message.to_lowercase();
    let fits = |row: &&Row| row.fits(status, &said, &text);
    // The last row of everybody's fits always.
    let row = table(dialect).iter().chain(everybody::ROWS).find(fits).unwrap_or(&everybody::LAST);
    let retry_after = match row.verdict {
        Verdict::Wait(_) | Verdict::Overloaded => retry_after::read(headers, row.verdict, &text),
        _ => None,
    };
    Refused { verdict: row.verdict, retry_after, error: error(row.verdict, status, &said), rule: row.name }
}

fn table(dialect: Dialect) -> &'static [Row] {
    match dialect {
        Dialect::SiliconFlow => siliconflow::ROWS,
        Dialect::DashScope => dashscope::ROWS,
        Dialect::OpenAi => openai::ROWS,
        Dialect::NewApi => new_api::ROWS,
    }
}

/// A caller's own fault keeps the upstream's words for it; everything else gets ours, which clients know.
fn error(verdict: Verdict, status: Option<u16>, said: &Said) -> OpenAiError {
    let (kind, code) = match verdict {
        Verdict::CallerFault => ("invalid_request_error", None),
        Verdict::Content => ("invalid_request_error", Some("content_filter")),
        Verdict::Wait(Meter::Tokens) => ("tokens", Some("rate_limit_exceeded")),
        Verdict::Wait(Meter::Requests) => ("requests", Some("rate_limit_exceeded")),
        Verdict::Wait(_) => ("rate_limit_error", Some("rate_limit_exceeded")),
        Verdict::Overloaded => ("server_error", Some("upstream_overloaded")),
        Verdict::Broken => ("server_error", Some("upstream_failed")),
        Verdict::ModelMissing => ("invalid_request_error", Some("model_not_found")),
        Verdict::ModelDenied => ("permission_error", Some("model_denied")),
        Verdict::KeyDead => ("upstream_error", Some("upstream_key_refused")),
        Verdict::AccountParked => ("upstream_error", Some("upstream_account_parked")),
        Verdict::Misconfigured => ("upstream_error", Some("upstream_misconfigured")),
    };
    let own = matches!(verdict, Verdict::CallerFault | Verdict::Content);
    let (kind, code) =
        if own { (said.kind.as_deref().unwrap_or(kind), said.code.as_deref().or(code)) } else { (kind, code) };
    let mut error = OpenAiError::new(kind, code, &said.for_people(status));
    error.param = said.param.clone().filter(|_| own);
    error
}
