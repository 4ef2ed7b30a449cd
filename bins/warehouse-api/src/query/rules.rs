//! Parameters that name a quality rule or a severity.

use daemon_kit::{body::shown, problem::Problem};
use quality_rules::{RULES, Severity};

use super::{near::nearest, params::Params};

/// Reads the parameter `name` as the code of a rule, if it was given.
///
/// # Errors
/// 400 with the nearest codes: a typing error must not look like a clean market.
pub(crate) fn rule(params: &Params, name: &'static str) -> Result<Option<&'static str>, Problem> {
    let Some(text) = params.get(name) else { return Ok(None) };
    if let Some(rule) = quality_rules::rule(text) {
        return Ok(Some(rule.code));
    }
    let near = nearest(text, RULES.iter().map(|rule| rule.code));
    let text = shown(text);
    let detail = match near.first() {
        Some(first) => format!("there is no rule `{text}`: did you mean `{first}`?"),
        None => format!("there is no rule `{text}`; GET /quality/rules lists what there is"),
    };
    let allowed = if near.is_empty() { RULES.iter().map(|rule| rule.code).collect() } else { near };
    Err(Problem::invalid(name, detail).allowed(allowed))
}

/// Reads `severity`, if it was given: at least that bad.
///
/// # Errors
/// 400 that lists the severities.
pub(crate) fn severity(params: &Params) -> Result<Option<Severity>, Problem> {
    let Some(text) = params.get("severity") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let detail = format!("`{}` is no severity", shown(text));
        Problem::invalid("severity", detail).allowed(Severity::ALL)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(query: &str, read: impl Fn(&Params) -> Result<T, Problem>) -> Result<T, String> {
        let uri = format!("/quality/logs?{query}").parse().unwrap();
        read(&Params::parse(&uri, &["check", "severity"]).unwrap()).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn a_rule_is_known_by_its_code_and_a_slip_finds_it() {
        let check = |query: &str| read(query, |params| rule(params, "check"));
        assert_eq!(check("check=cross_source"), Ok(Some("cross_source")));
        assert_eq!(check(""), Ok(None));
        assert_eq!(
            check("check=cross-source").unwrap_err(),
            "there is no rule `cross-source`: did you mean `cross_source`?"
        );
        assert_eq!(check("check=limit").unwrap_err(), "there is no rule `limit`: did you mean `limit_disagrees`?");
        assert_eq!(check("check=zzz").unwrap_err(), "there is no rule `zzz`; GET /quality/rules lists what there is");
    }

    #[test]
    fn a_severity_is_one_of_three() {
        assert_eq!(read("severity=warning", severity), Ok(Some(Severity::Warning)));
        assert_eq!(read("severity=fatal", severity), Err("`fatal` is no severity".to_owned()));
    }
}
