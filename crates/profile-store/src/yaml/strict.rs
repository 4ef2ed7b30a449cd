//! The judge: reads one document and refuses what two readers could understand differently.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle};

use super::{
    node::{ENTRIES_MAX, ITEMS_MAX, Map, Node},
    scalar::{Scalar, Style, Value},
};

/// Files of a profile are far smaller.
const BYTES_MAX: usize = 1 << 20;
/// Deeper than any setting of Hermes, and shallow enough to recurse over.
const DEPTH_MAX: usize = 64;

/// As many as fit into a file.
const COMMENTS_MAX: usize = BYTES_MAX;

/// Why a text is no document of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Refused {
    /// Counted from one.
    pub line: usize,
    /// What is wrong, and never a value of the text.
    pub problem: String,
}

impl Refused {
    fn at(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

/// Reads a document.
///
/// It has to be one mapping, or empty. Refused are a second document, directives, anchors, aliases, tags, merge keys, a key given twice, keys
/// that are no scalars, tabs between tokens, line breaks that only some readers know, and whatever is no YAML.
pub fn parse(text: &str) -> Result<Node, Refused> {
    if text.len() > BYTES_MAX {
        return Err(Refused::at(1, format!("longer than {BYTES_MAX} bytes")));
    }
    characters(text)?;
    let options = granit_parser::options! {
        disallow_directives: true,
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
        max_buffered_comment_events: COMMENTS_MAX,
    };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), text, covered: Vec::new() };
    let root = reader.document()?;
    tabs(text, &reader.covered)?;
    match root {
        Node::Map(_) => Ok(root),
        Node::Scalar(Scalar { value: Value::Null, .. }) => Ok(Node::Map(Map::default())),
        _ => Err(Refused::at(1, "the document is no mapping")),
    }
}

/// The comments of a document that [`parse`] reads, in order, trimmed and without their mark.
pub fn comments(text: &str) -> Vec<String> {
    let comment = |event| match event {
        Ok((Event::Comment(comment, _), _)) => Some(comment.trim().to_owned()),
        _ => None,
    };
    let options = granit_parser::options! { max_buffered_comment_events: COMMENTS_MAX };
    Parser::new_from_str_with_options(text, options).filter_map(comment).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn characters(text: &str) -> Result<(), Refused> {
    let is_end = |line: &str| {
        line.strip_prefix("...").is_some_and(|rest| rest.trim_start().len() < rest.len() || rest.is_empty())
    };
    if let Some(index) = text.lines().position(is_end) {
        return Err(Refused::at(index + 1, "the end of a document before the end of the text"));
    }
    for (at, char) in text.char_indices() {
        let problem = match char {
            '\n' | '\t' => continue,
            '\r' if text[at + 1..].starts_with('\n') => continue,
            '\u{85}' | '\u{2028}' | '\u{2029}' => "a character that only some readers take for a line break",
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => "a byte order mark or a noncharacter",
            _ if char.is_control() => "a control character",
            _ => continue,
        };
        return Err(Refused::at(line_of(text, at), problem));
    }
    Ok(())
}

/// Tabs are content inside scalars and comments; between tokens PyYAML refuses them.
fn tabs(text: &str, covered: &[Range<usize>]) -> Result<(), Refused> {
    // Neither do ranges overlap, nor do they come in order; a file can have a tab in each of a hundred thousand.
    let mut covered: Vec<&Range<usize>> = covered.iter().collect();
    covered.sort_unstable_by_key(|range| range.start);
    for (at, _) in text.match_indices('\t') {
        let before = covered.partition_point(|range| range.start <= at);
        if before == 0 || !covered[before - 1].contains(&at) {
            return Err(Refused::at(line_of(text, at), "a tab outside of quotes"));
        }
    }
    Ok(())
}

struct Reader<'a> {
    events: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
    /// Byte ranges of comments and of scalars that are not plain.
    covered: Vec<Range<usize>>,
}

impl<'a> Reader<'a> {
    /// The next event that is no comment, and its line.
    fn next(&mut self) -> Result<(Event<'a>, usize), Refused> {
        loop {
            let Some(next) = self.events.next() else { return Err(Refused::at(1, "the text ends too early")) };
            let (event, span) = next.map_err(|error| Refused::at(error.marker().line(), error.info()))?;
            if let Some(range) = span.byte_range() {
                self.cover(&event, range);
            }
            if !matches!(event, Event::Comment(..)) {
                return Ok((event, span.start.line()));
            }
        }
    }

    fn cover(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) | Event::Comment(..) => {
                self.covered.push(range);
            }
            // The line of its `|` is none of its content.
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                let text = &self.text[range.clone()];
                let header = if text.starts_with(['|', '>']) { text.find('\n').unwrap_or(text.len()) } else { 0 };
                self.covered.push(range.start + header..range.end);
            }
            _ => {}
        }
    }

    fn document(&mut self) -> Result<Node, Refused> {
        let mut root = None;
        loop {
            let (event, line) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root.unwrap_or_else(|| Node::Map(Map::default()))),
                Event::DocumentStart(..) if root.is_some() => return Err(Refused::at(line, "a second document")),
                Event::DocumentStart(..) => {
                    let (event, line) = self.next()?;
                    root = Some(self.node(event, line)?);
                }
                _ => return Err(Refused::at(line, "content outside of the document")),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, line: usize) -> Result<Node, Refused> {
        match event {
            Event::Scalar(_, _, anchor, tag) if anchor > 0 || tag.is_some() => Err(anchored(line)),
            Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag)
                if anchor > 0 || tag.is_some() =>
            {
                Err(anchored(line))
            }
            Event::Scalar(text, style, ..) => Ok(Node::Scalar(scalar(&text, style, line)?)),
            Event::SequenceStart(..) => self.list(),
            Event::MappingStart(..) => self.map(),
            Event::Alias(_) => Err(Refused::at(line, "an alias: write the value out")),
            _ => Err(Refused::at(line, "a value is missing")),
        }
    }

    fn list(&mut self) -> Result<Node, Refused> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Node::List(items)),
                (_, line) if items.len() == ITEMS_MAX => {
                    return Err(Refused::at(line, format!("more than {ITEMS_MAX} items in one list")));
                }
                (event, line) => items.push(self.node(event, line)?),
            }
        }
    }

    fn map(&mut self) -> Result<Node, Refused> {
        let mut map = Map::default();
        loop {
            let (event, line) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(Node::Map(map));
            }
            if map.len() == ENTRIES_MAX {
                return Err(Refused::at(line, format!("more than {ENTRIES_MAX} keys in one mapping")));
            }
            if matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<") {
                return Err(Refused::at(line, "a merge key: write the values out"));
            }
            let Node::Scalar(key) = self.node(event, line)? else {
                return Err(Refused::at(line, "a key that is no scalar (an unquoted placeholder?)"));
            };
            if key.value == Value::Null {
                return Err(Refused::at(line, "a key that is nothing"));
            }
            if map.position(&key).is_some() {
                return Err(Refused::at(line, format!("the key `{}` is given twice", key.display())));
            }
            let (event, line) = self.next()?;
            let node = self.node(event, line)?;
            map.insert(map.len(), key, node);
        }
    }
}

fn anchored(line: usize) -> Refused {
    Refused::at(line, "an anchor or a tag: write the value out")
}

fn scalar(text: &str, style: ScalarStyle, line: usize) -> Result<Scalar, Refused> {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    };
    if style == Style::Plain && matches!(text, "=" | "<<") {
        return Err(Refused::at(line, format!("a plain `{text}`, which PyYAML cannot read")));
    }
    Ok(Scalar::read(text, style))
}
