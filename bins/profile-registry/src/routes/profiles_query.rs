//! What stands behind the question mark of an address.

use daemon_kit::problem::Problem;
use profile_store::CommitId;

/// The parameters of a request; each at most once, and no other than the route knows.
pub(crate) struct Query {
    given: Vec<(&'static str, String)>,
}

impl Query {
    /// Reads it.
    ///
    /// # Errors
    /// 400 for a parameter that is not `known`, or stands there twice.
    pub(crate) fn read(query: Option<&str>, known: &[&'static str]) -> Result<Self, Problem> {
        let mut given: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let Some(known) = known.iter().find(|known| **known == name) else {
                let name = daemon_kit::body::shown(&name);
                return Err(Problem::invalid(name, "there is no such parameter here").allowed(known));
            };
            if given.iter().any(|(name, _)| name == known) {
                return Err(Problem::invalid(*known, "stands there twice"));
            }
            given.push((known, value.into_owned()));
        }
        Ok(Self { given })
    }

    /// The parameter, if it was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// A commit.
    ///
    /// # Errors
    /// 400 for what is no full id.
    pub(crate) fn commit(&self, name: &'static str) -> Result<Option<CommitId>, Problem> {
        let parse = |text: &str| text.parse().map_err(|error| commit_problem(name, &error));
        self.text(name).map(parse).transpose()
    }

    /// How many, from 1 to `max`.
    ///
    /// # Errors
    /// 400 for anything else.
    pub(crate) fn limit(&self, default: usize, max: usize) -> Result<usize, Problem> {
        let Some(text) = self.text("limit") else { return Ok(default) };
        let limit = text.parse().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| {
            Problem::invalid("limit", "not what may stand there").allowed([format!("a whole number, 1 to {max}")])
        })
    }
}

/// 400 for a commit that is none.
pub(crate) fn commit_problem(field: &'static str, error: &impl ToString) -> Problem {
    Problem::invalid(field, error.to_string()).allowed(["a commit's whole id"])
}
