//! A query string as named parameters: each known, each at most once, none empty.

use axum::{
    extract::Query,
    http::{StatusCode, Uri},
};
use chrono::NaiveDateTime;
use daemon_kit::{body::shown, problem::Problem};

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Decodes the query of `uri`.
    ///
    /// # Errors
    /// 400 for a name that is not in `known`, for a name given twice and for an empty value: a filter that is silently
    /// dropped answers a question nobody asked.
    pub(crate) fn parse(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        Self::checked(pairs(uri)?, known)
    }

    /// As [`parse`](Self::parse), for a form of the console: a field that was left empty was not given, blanks around a value
    /// are none of it, and a moment as a browser's field writes it is one in Shanghai.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn of_form(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let pairs = pairs(uri)?.into_iter().map(|(name, value)| (name, in_shanghai(value.trim())));
        Self::checked(pairs.filter(|(_, value)| !value.is_empty()).collect(), known)
    }

    fn checked(pairs: Vec<(String, String)>, known: &[&str]) -> Result<Self, Problem> {
        for (index, (name, value)) in pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let name = shown(name);
                let detail = format!("there is no parameter `{name}` here");
                return Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "unknown-parameter",
                    "A parameter is unknown",
                    detail,
                )
                .field(name)
                .allowed(known));
            }
            if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::invalid(name.clone(), format!("parameter `{name}` is given more than once")));
            }
            if value.is_empty() {
                let detail = format!("parameter `{name}` is empty: give a value or leave it out");
                return Err(Problem::invalid(name.clone(), detail));
            }
        }
        Ok(Self { pairs })
    }

    /// The value of `name`, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name` read by `read`, if it was given.
    ///
    /// # Errors
    /// 400 that says what it may look like.
    pub(crate) fn read<T>(
        &self,
        name: &'static str,
        allowed: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || Problem::invalid(name, format!("`{}` is no value of `{name}`", shown(value))).allowed([allowed]);
        read(value).map(Some).ok_or_else(wrong)
    }

    /// The value of `name` as one of `choices`, the first of them where it was not given.
    ///
    /// # Errors
    /// 400 that lists the choices.
    pub(crate) fn choice<T: Copy>(&self, name: &'static str, choices: &[(&'static str, T)]) -> Result<T, Problem> {
        let Some(value) = self.get(name) else { return Ok(choices[0].1) };
        choices.iter().find(|(text, _)| *text == value).map(|(_, choice)| *choice).ok_or_else(|| {
            let detail = format!("`{}` is no value of `{name}`", shown(value));
            Problem::invalid(name, detail).allowed(choices.iter().map(|(text, _)| *text))
        })
    }
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Problem::invalid("query", "the query string is not name=value pairs"))?;
    Ok(pairs)
}

/// `2026-11-23T12:00` is a moment without an offset; everything else stays as it is.
fn in_shanghai(text: &str) -> String {
    let local =
        ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local.map_or_else(|| text.to_owned(), |local| format!("{}+08:00", local.format("%Y-%m-%dT%H:%M:%S")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_leave_fields_empty_and_its_moments_are_shanghais() {
        let form = |query: &str| {
            let uri = format!("/console/requests?{query}").parse().unwrap();
            Params::of_form(&uri, &["profile", "since"])
        };
        let params = form("profile=+&since=2026-11-23T12%3A00").unwrap();
        assert_eq!((params.get("profile"), params.get("since")), (None, Some("2026-11-23T12:00:00+08:00")));
        let params = form("since=2026-11-23T04:00:00Z&profile=alice").unwrap();
        assert_eq!((params.get("profile"), params.get("since")), (Some("alice"), Some("2026-11-23T04:00:00Z")));
        assert_eq!(form("colour=").unwrap().get("colour"), None);
        assert_eq!(form("colour=red").unwrap_err().kind(), "unknown-parameter");
    }

    fn parse(query: &str) -> Result<Params, Problem> {
        let uri = format!("/admin/usage?{query}").parse().unwrap();
        Params::parse(&uri, &["by", "from", "limit"])
    }

    #[test]
    fn values_are_decoded_found_by_name_and_read() {
        let params = parse("by=chan%6Eel&limit=7").unwrap();
        assert_eq!((params.get("by"), params.get("from")), (Some("channel"), None));
        assert_eq!(params.read("limit", "a number", |text| text.parse::<u8>().ok()).unwrap(), Some(7));
        let problem = params.read("by", "a number", |text| text.parse::<u8>().ok()).unwrap_err();
        assert_eq!(problem.detail(), "`channel` is no value of `by`");
        assert_eq!(params.choice("by", &[("day", 1), ("channel", 2)]).unwrap(), 2);
        assert_eq!(params.choice("from", &[("day", 1)]).unwrap(), 1);
        assert_eq!(params.choice("by", &[("day", 1)]).unwrap_err().kind(), "invalid-parameter");
    }

    #[test]
    fn a_parameter_that_is_unknown_given_twice_or_empty_is_refused() {
        for (query, kind) in
            [("be=1", "unknown-parameter"), ("by=a&by=b", "invalid-parameter"), ("by=", "invalid-parameter")]
        {
            assert_eq!(parse(query).unwrap_err().kind(), kind, "{query}");
        }
    }

    #[test]
    fn a_text_is_repeated_without_control_characters_and_not_at_any_length() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(shown(&"x".repeat(1000)).chars().count(), 65);
    }
}
