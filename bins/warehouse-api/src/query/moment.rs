//! Spans of time in a query: moments, or days of Shanghai that stand for their ends.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use daemon_kit::{body::shown, problem::Problem};

use super::{params::Params, range::parse_date};
use crate::shanghai;

/// From one moment, included, to another, excluded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Span {
    /// Reads `since` and `until`. A day stands for its beginning as `since` and for its end as `until`, so that both days of a
    /// range are in it; a moment is included as `since` and not as `until`, so that one span can follow another.
    ///
    /// # Errors
    /// 400 for anything but a day or an RFC 3339 moment, and for a span that ends before it begins.
    pub(crate) fn parse(params: &Params) -> Result<Self, Problem> {
        let span = Self { since: moment(params, "since", false)?, until: moment(params, "until", true)? };
        match (span.since, span.until) {
            (Some(since), Some(until)) if since > until => {
                let (since, until) = (shanghai::text(since), shanghai::text(until));
                Err(Problem::invalid("since", format!("since {since} is after until {until}")))
            }
            _ => Ok(span),
        }
    }
}

fn moment(params: &Params, name: &'static str, at_its_end: bool) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(text) = params.get(name) else { return Ok(None) };
    let day = parse_date(text).and_then(|day| midnight(day, at_its_end));
    day.or_else(|| rfc_3339(text)).map(Some).ok_or_else(|| {
        let detail =
            format!("`{}` is neither a date nor a moment: write 2026-04-30 or 2026-04-30T18:30:00+08:00", shown(text));
        Problem::invalid(name, detail).allowed(["YYYY-MM-DD", "YYYYMMDD", "RFC 3339 with its offset"])
    })
}

fn midnight(day: NaiveDate, at_its_end: bool) -> Option<DateTime<Utc>> {
    let day = if at_its_end { day.checked_add_days(Days::new(1))? } else { day };
    shanghai::moment(day, NaiveTime::MIN)
}

/// A `+` that nobody encoded arrives as a blank.
fn rfc_3339(text: &str) -> Option<DateTime<Utc>> {
    let moment = match text.rsplit_once(' ') {
        Some((moment, offset)) => DateTime::parse_from_rfc3339(&format!("{moment}+{offset}")),
        None => DateTime::parse_from_rfc3339(text),
    };
    moment.ok().map(|moment| moment.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(query: &str) -> Result<(String, String), String> {
        let uri = format!("/quality/logs?{query}").parse().unwrap();
        let text = |moment: Option<DateTime<Utc>>| moment.map(|moment| moment.to_rfc3339()).unwrap_or_default();
        Span::parse(&Params::parse(&uri, &["since", "until"]).unwrap())
            .map(|span| (text(span.since), text(span.until)))
            .map_err(|problem| problem.detail().to_owned())
    }

    fn is(since: &str, until: &str) -> Result<(String, String), String> {
        Ok((since.to_owned(), until.to_owned()))
    }

    #[test]
    fn a_day_is_in_its_range_whole() {
        let one_day = is("2026-04-29T16:00:00+00:00", "2026-04-30T16:00:00+00:00");
        assert_eq!(span("since=2026-04-30&until=20260430"), one_day);
        assert_eq!(span(""), is("", ""));
    }

    #[test]
    fn a_moment_is_itself_in_any_offset_and_with_its_plus_unencoded() {
        let morning = is("2026-04-30T01:30:00+00:00", "");
        for text in [
            "2026-04-30T09:30:00%2B08:00",
            "2026-04-30T09:30:00+08:00",
            "2026-04-30T01:30:00Z",
            "2026-04-29T21:30:00-04:00",
        ] {
            assert_eq!(span(&format!("since={text}")), morning, "{text}");
        }
        let finer = is("", "2026-04-30T01:30:00.000001+00:00");
        assert_eq!(span("until=2026-04-30T01:30:00.000001Z"), finer);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["yesterday", "2026-04-31", "2026-04-30T09:30:00", "2026-04-30T09:30", "1777459200", "9999-13-01"] {
            let told = span(&format!("until={text}")).unwrap_err();
            assert!(told.starts_with(&format!("`{text}` is neither a date nor a moment: ")), "{told}");
        }
        assert_eq!(
            span("since=2026-05-01&until=2026-04-29").unwrap_err(),
            "since 2026-05-01T00:00:00+08:00 is after until 2026-04-30T00:00:00+08:00"
        );
    }
}
