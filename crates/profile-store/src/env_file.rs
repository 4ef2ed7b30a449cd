//! A profile's `.env`: read as python-dotenv reads it, edited line by line.

use std::fmt;

/// A `.env` with its comments. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvFile {
    lines: Vec<Line>,
}

#[derive(Clone, PartialEq, Eq)]
enum Line {
    Other(String),
    Variable { name: String, value: String, text: String },
}

/// A value that no `.env` can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} has a line break or a control character")]
pub struct Unstorable {
    name: String,
}

/// No value has more lines.
const VALUE_LINES_MAX: usize = 500;

impl EnvFile {
    /// Reads a file; lines that are no assignment are kept as they are. A quoted value may have several lines, as a key has.
    pub fn parse(text: &str) -> Self {
        let all: Vec<&str> = text.lines().collect();
        let (mut lines, mut at) = (Vec::new(), 0);
        while at < all.len() {
            let more = open_quote(all[at])
                .and_then(|quote| all[at + 1..].iter().take(VALUE_LINES_MAX).position(|line| closes(line, quote)));
            let end = more.map_or(at, |more| at + 1 + more);
            lines.push(Line::read(&all[at..=end].join("\n")));
            at = end + 1;
        }
        Self { lines }
    }

    /// The value of a variable; of several the last, as for Hermes.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables().filter(|(have, _)| *have == name).last().map(|(_, value)| value)
    }

    /// All variables in order.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().filter_map(|line| match line {
            Line::Variable { name, value, .. } => Some((name.as_str(), value.as_str())),
            Line::Other(_) => None,
        })
    }

    /// Sets a variable where it stands, or at the end. What has the value already is not touched.
    ///
    /// # Errors
    /// [`Unstorable`], and nothing is changed.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Unstorable> {
        if value.chars().any(char::is_control) {
            return Err(Unstorable { name: name.to_owned() });
        }
        if self.get(name) == Some(value) {
            return Ok(());
        }
        let line = Line::Variable {
            name: name.to_owned(),
            value: value.to_owned(),
            text: format!("{name}={}", quoted(value)),
        };
        let same = |have: &Line| matches!(have, Line::Variable { name: have, .. } if have == name);
        match self.lines.iter().rposition(same) {
            Some(at) => self.lines[at] = line,
            None => self.lines.push(line),
        }
        Ok(())
    }

    /// Takes a variable out, wherever it stands; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !matches!(line, Line::Variable { name: have, .. } if have == name));
        self.lines.len() < before
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let text = |line: &Line| match line {
            Line::Other(text) | Line::Variable { text, .. } => format!("{text}\n"),
        };
        self.lines.iter().map(text).collect()
    }

    /// The text with every value hidden but those of the names in `shown`.
    pub fn to_masked_text(&self, shown: &[&str]) -> String {
        let text = |line: &Line| match line {
            Line::Other(text) if text.trim().is_empty() || text.trim_start().starts_with('#') => format!("{text}\n"),
            Line::Other(_) => "(a line that is no assignment)\n".to_owned(),
            Line::Variable { name, text, .. } if shown.contains(&name.as_str()) => format!("{text}\n"),
            Line::Variable { name, value, .. } if value.is_empty() => format!("{name}=\n"),
            Line::Variable { name, .. } => format!("{name}=(hidden)\n"),
        };
        self.lines.iter().map(text).collect()
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.variables().map(|(name, _)| name)).finish()
    }
}

impl Line {
    fn read(text: &str) -> Self {
        match assignment(text) {
            Some((name, value)) => {
                Self::Variable { name: name.to_owned(), value: unquoted(value), text: text.to_owned() }
            }
            None => Self::Other(text.to_owned()),
        }
    }
}

fn assignment(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (name, value) = text.strip_prefix("export ").unwrap_or(text).split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| (name, value.trim()))
}

/// The quote that a line's value begins with and does not end with.
fn open_quote(line: &str) -> Option<char> {
    let (_, value) = assignment(line)?;
    let quote = value.chars().next().filter(|first| ['\'', '"'].contains(first))?;
    end_of(&value[1..], quote).is_none().then_some(quote)
}

/// Whether a line ends a value: its quote, and nothing but a comment behind it.
fn closes(line: &str, quote: char) -> bool {
    end_of(line, quote).is_some_and(|end| {
        let rest = line[end + 1..].trim_start();
        rest.is_empty() || rest.starts_with('#')
    })
}

/// Where the first quote is that no backslash stands before.
fn end_of(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, char)| {
        let is_end = char == quote && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}

fn unquoted(value: &str) -> String {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.rfind(quote).map(|end| &rest[..end]));
    if let Some(inner) = inner('\'') {
        return inner.replace("\\'", "'").replace("\\\\", "\\");
    }
    if let Some(inner) = inner('"') {
        return inner.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    // A comment begins at a blank and a hash.
    let end = value.find(" #").unwrap_or(value.len());
    value[..end].trim_end().to_owned()
}

/// Single quotes, in which nothing is expanded, unless the value is a plain word.
fn quoted(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/@%+=,".contains(&byte);
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_foreign_lines_stay_and_values_are_set_in_place() {
        let text = "# keys\nexport A=1\n\nB = \"two words\" \nC=x # why\nnonsense\n";
        let mut file = EnvFile::parse(text);
        assert_eq!(file.to_text(), text);
        assert_eq!(file.variables().collect::<Vec<_>>(), [("A", "1"), ("B", "two words"), ("C", "x")]);
        file.set("B", "two words").unwrap();
        assert_eq!(file.to_text(), text, "what is right already is not touched");
        file.set("B", "it's $HOME").unwrap();
        file.set("D", "http://127.0.0.1:3000").unwrap();
        assert_eq!(
            file.to_text(),
            "# keys\nexport A=1\n\nB='it\\'s $HOME'\nC=x # why\nnonsense\nD=http://127.0.0.1:3000\n"
        );
        assert_eq!(EnvFile::parse(&file.to_text()).get("B"), Some("it's $HOME"));
    }

    #[test]
    fn a_variable_is_taken_out_wherever_it_stands() {
        let mut file = EnvFile::parse("A=1\n# A=0\nB=2\nexport A=3\n");
        assert!(file.remove("A") && !file.remove("A"));
        assert_eq!(file.to_text(), "# A=0\nB=2\n");
    }

    #[test]
    fn a_value_cannot_bring_a_second_variable_in() {
        let mut file = EnvFile::default();
        assert!(file.set("A", "x\nB=y").is_err());
        assert_eq!(file.to_text(), "");
    }

    #[test]
    fn a_value_of_several_lines_is_one_value() {
        let text = "A=1\nKEY=\"-----BEGIN KEY-----\nQUJD\nREVG==\n-----END KEY-----\" # mine\nB='open\nC=3\n";
        let mut file = EnvFile::parse(text);
        assert_eq!(file.to_text(), text);
        assert_eq!(file.variables().map(|(name, _)| name).collect::<Vec<_>>(), ["A", "KEY", "B", "C"]);
        assert_eq!(file.get("KEY"), Some("-----BEGIN KEY-----\nQUJD\nREVG==\n-----END KEY-----"));
        assert_eq!(file.to_masked_text(&[]), "A=(hidden)\nKEY=(hidden)\nB=(hidden)\nC=(hidden)\n");
        assert!(file.remove("KEY"));
        assert_eq!(file.to_text(), "A=1\nB='open\nC=3\n");
    }

    #[test]
    fn no_value_shows_where_it_should_not() {
        let file = EnvFile::parse("A=hunter2\nURL=http://x\nB=\nhunter3\n# c\n");
        assert_eq!(
            file.to_masked_text(&["URL"]),
            "A=(hidden)\nURL=http://x\nB=\n(a line that is no assignment)\n# c\n"
        );
        assert!(!format!("{file:?}").contains("hunter"));
    }
}
