//! A query string as named parameters: each known, each at most once, none empty.

use axum::{extract::Query, http::Uri};
use daemon_kit::{body::shown, problem::Problem};

/// Whether a wrong name is probably a slip for a known one: two edits away, one where three letters are all there is.
fn is_slip(unknown: &str, known: &str) -> bool {
    let edits = if known.len() > 3 { 2 } else { 1 };
    strsim::damerau_levenshtein(unknown, known) <= edits
}

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Decodes the query of `uri`.
    ///
    /// # Errors
    /// 400 for a name that is not in `known` (with the nearest one that is), for a name given twice and for an empty
    /// value: a filter that is silently dropped answers a question nobody asked.
    pub(crate) fn parse(uri: &Uri, known: &'static [&'static str]) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Problem::invalid("query", "the query string is not name=value pairs"))?;
        let params = Self { pairs };
        params.check(known)?;
        Ok(params)
    }

    /// Each known, each once, none empty.
    fn check(&self, known: &'static [&'static str]) -> Result<(), Problem> {
        for (index, (name, value)) in self.pairs.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(unknown(name, known));
            }
            if self.pairs[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::invalid(name.clone(), format!("parameter `{name}` is given more than once")));
            }
            if value.is_empty() {
                return Err(Problem::invalid(
                    name.clone(),
                    format!("parameter `{name}` is empty: give a value or leave it out"),
                ));
            }
        }
        Ok(())
    }

    /// [`Params::parse`] of what a browser makes of a form: fields that were left empty are not given.
    ///
    /// # Errors
    /// 400 for an unknown name and for one given twice.
    pub(crate) fn parse_form(uri: &Uri, known: &'static [&'static str]) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.trim().to_owned()));
        let given = pairs.filter(|(_, value)| !value.is_empty()).collect();
        let params = Self { pairs: given };
        params.check(known)?;
        Ok(params)
    }

    /// The same fields with some set to other values, or left out, as a query string.
    pub(crate) fn changed(&self, changes: &[(&str, Option<&str>)]) -> String {
        let kept = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        let set = changes.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(set)).finish()
    }

    /// The fields of a form, which are known and not empty.
    pub(crate) fn of_form(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// The value of `name`, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// 400 that names the parameter and shows what it may look like.
    pub(crate) fn required(&self, name: &'static str, example: &str) -> Result<&str, Problem> {
        self.get(name).ok_or_else(|| {
            Problem::new(
                axum::http::StatusCode::BAD_REQUEST,
                "missing-parameter",
                "A parameter is missing",
                format!("parameter `{name}` is required, for example {name}={example}"),
            )
            .field(name)
        })
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

fn unknown(name: &str, known: &'static [&'static str]) -> Problem {
    let nearest = known
        .iter()
        .filter(|candidate| is_slip(name, candidate))
        .min_by_key(|candidate| strsim::damerau_levenshtein(name, candidate));
    let name = shown(name);
    let detail = match nearest {
        Some(nearest) => format!("there is no parameter `{name}` here: did you mean `{nearest}`?"),
        None if known.is_empty() => format!("there is no parameter `{name}` here: this route takes none"),
        None => format!("there is no parameter `{name}` here"),
    };
    Problem::new(axum::http::StatusCode::BAD_REQUEST, "unknown-parameter", "A parameter is unknown", detail)
        .field(name)
        .allowed(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Params, Problem> {
        let uri = format!("/warehouse/daily?{query}").parse().unwrap();
        Params::parse(&uri, &["code", "start", "end", "adjust"])
    }

    fn detail(query: &str) -> String {
        parse(query).unwrap_err().detail().to_owned()
    }

    #[test]
    fn values_are_decoded_and_found_by_name() {
        let params = parse("code=600519%2ESH&adjust=none").unwrap();
        assert_eq!(params.get("code"), Some("600519.SH"));
        assert_eq!(params.get("start"), None);
        assert_eq!(params.choice("adjust", &[("qfq", 1), ("none", 2)]).unwrap(), 2);
    }

    #[test]
    fn a_slip_in_a_name_is_answered_with_the_nearest_known_name() {
        assert_eq!(detail("adjus=none"), "there is no parameter `adjus` here: did you mean `adjust`?");
        assert_eq!(detail("strat=2026-01-01"), "there is no parameter `strat` here: did you mean `start`?");
        assert_eq!(detail("symbols=1"), "there is no parameter `symbols` here");
    }

    #[test]
    fn a_parameter_given_twice_or_empty_is_refused() {
        assert_eq!(detail("code=a&code=b"), "parameter `code` is given more than once");
        assert_eq!(detail("code="), "parameter `code` is empty: give a value or leave it out");
    }

    #[test]
    fn a_form_s_empty_fields_are_not_given_and_a_link_changes_some_of_the_others() {
        let uri = "/console/findings?code=&start=+2026-01-01&end=x%26y".parse().unwrap();
        let params = Params::parse_form(&uri, &["code", "start", "end", "cursor"]).unwrap();
        assert_eq!((params.get("code"), params.get("start")), (None, Some("2026-01-01")));
        assert_eq!(params.changed(&[("start", None), ("cursor", Some("a b"))]), "end=x%26y&cursor=a+b");
        let uri = "/console/findings?cod=".parse().unwrap();
        assert!(Params::parse_form(&uri, &["code"]).is_ok(), "an empty field says nothing");
        let uri = "/console/findings?cod=1".parse().unwrap();
        assert_eq!(Params::parse_form(&uri, &["code"]).unwrap_err().kind(), "unknown-parameter");
    }

    #[test]
    fn a_choice_that_was_not_made_is_the_first() {
        assert_eq!(parse("").unwrap().choice("adjust", &[("qfq", 1), ("none", 2)]).unwrap(), 1);
        let problem = parse("adjust=QFQ").unwrap().choice("adjust", &[("qfq", 1), ("none", 2)]).unwrap_err();
        assert_eq!(problem.detail(), "`QFQ` is no value of `adjust`");
    }
}
