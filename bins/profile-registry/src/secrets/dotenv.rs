//! `.env` as Hermes reads it (python-dotenv).

use std::fmt::Write as _;

use daemon_kit::config::Secret;

/// Why a variable cannot stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DotenvProblem {
    /// The name is no environment variable's.
    #[error("{0:?} is no name of a variable: capital letters, digits and `_`, not beginning with a digit")]
    Name(String),
    /// The name is there twice.
    #[error("{0} is there twice")]
    Twice(String),
    /// The value holds a line break or another control character.
    #[error("the value of {0} holds a control character")]
    Value(String),
}

/// Renders variables, sorted by name, every value in single quotes: python-dotenv takes those as they are, but for `\'`
/// and `\\`, and expands no `${…}` in them.
///
/// # Errors
/// [`DotenvProblem`]; no text holds a value.
pub fn render_dotenv<'a>(variables: impl IntoIterator<Item = (&'a str, &'a Secret)>) -> Result<Secret, DotenvProblem> {
    let mut variables: Vec<_> = variables.into_iter().collect();
    variables.sort_by_key(|(name, _)| *name);
    let mut text = String::from("# Written by hermes-profile-manager; what you change here is overwritten.\n");
    let mut previous = None;
    for (name, value) in variables {
        let plain = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_');
        if name.is_empty() || name.as_bytes()[0].is_ascii_digit() || !name.bytes().all(plain) {
            return Err(DotenvProblem::Name(name.to_owned()));
        }
        if previous.replace(name) == Some(name) {
            return Err(DotenvProblem::Twice(name.to_owned()));
        }
        if value.expose().chars().any(char::is_control) {
            return Err(DotenvProblem::Value(name.to_owned()));
        }
        let value = value.expose().replace('\\', "\\\\").replace('\'', "\\'");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}='{value}'");
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_names_sorted() {
        let (plain, sharp) = (Secret::new("tw-1"), Secret::new(r"a'b\c ${HOME} #d"));
        let text = render_dotenv([("WEIXIN_TOKEN", &sharp), ("OPENAI_API_KEY", &plain)]).unwrap();
        let lines: Vec<&str> = text.expose().lines().skip(1).collect();
        assert_eq!(lines, ["OPENAI_API_KEY='tw-1'", r"WEIXIN_TOKEN='a\'b\\c ${HOME} #d'"]);
    }

    #[test]
    fn what_would_become_another_line_is_refused() {
        let (plain, broken) = (Secret::new("x"), Secret::new("x\nEVIL=1"));
        let name = |name: &str| render_dotenv([(name, &plain)]).unwrap_err();
        for wrong in ["", "1A", "a", "A B", "A=1", "A\n"] {
            assert_eq!(name(wrong), DotenvProblem::Name(wrong.to_owned()));
        }
        assert_eq!(render_dotenv([("A", &broken)]).unwrap_err(), DotenvProblem::Value("A".to_owned()));
        assert_eq!(render_dotenv([("A", &plain), ("A", &plain)]).unwrap_err(), DotenvProblem::Twice("A".to_owned()));
    }
}
