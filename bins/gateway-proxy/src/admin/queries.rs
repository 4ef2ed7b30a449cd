//! Filters of the books, as parameters name them: the same for the JSON routes and the console's pages.

use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use gateway_ledger::{AuditFilter, RequestFilter, SpendingBy, SpendingQuery};
use route_policy::Day;

use super::Params;

const MOMENT: &str = "a moment such as 2026-11-23T04:00:00Z";
const DAY: &str = "a day such as 2026-11-23";

/// Which requests: `profile`, `channel`, `model`, `outcome`, `since`, `until`.
///
/// # Errors
/// 400 for a moment that is none.
pub(crate) fn request_filter(params: &Params) -> Result<RequestFilter, Problem> {
    Ok(RequestFilter {
        from: moment(params, "since")?,
        to: moment(params, "until")?,
        profile: text(params, "profile"),
        channel: text(params, "channel"),
        model: text(params, "model"),
        outcome: text(params, "outcome"),
        failed: None,
    })
}

/// Which entries of the audit log: `actor`, `action`, `subject`, `since`, `until`.
///
/// # Errors
/// 400 for a moment that is none.
pub(crate) fn audit_filter(params: &Params) -> Result<AuditFilter, Problem> {
    Ok(AuditFilter {
        from: moment(params, "since")?,
        to: moment(params, "until")?,
        actor: text(params, "actor"),
        action: text(params, "action"),
        subject: text(params, "subject"),
    })
}

/// Whose spending: `profile`, `channel`, `model`; of the days `from` to `to`, both included, in Shanghai, where left out
/// the days of `usual`. Answers the days, too.
///
/// # Errors
/// 400 for a day that is none, and for days in the wrong order.
pub(crate) fn spending_query(
    params: &Params,
    by: SpendingBy,
    usual: (Day, Day),
) -> Result<(SpendingQuery, (Day, Day)), Problem> {
    let day = |name| params.read(name, DAY, |text| text.parse::<Day>().ok());
    let (from, to) = (day("from")?.unwrap_or(usual.0), day("to")?.unwrap_or(usual.1));
    if to < from {
        return Err(Problem::invalid("to", format!("`to` ({to}) lies before `from` ({from})")));
    }
    let query = SpendingQuery {
        from: from.start(),
        to: to.end(),
        by,
        profile: text(params, "profile"),
        channel: text(params, "channel"),
        model: text(params, "model"),
    };
    Ok((query, (from, to)))
}

fn text(params: &Params, name: &str) -> Option<String> {
    params.get(name).map(str::to_owned)
}

fn moment(params: &Params, name: &'static str) -> Result<Option<DateTime<Utc>>, Problem> {
    params.read(name, MOMENT, |text| text.parse().ok())
}
