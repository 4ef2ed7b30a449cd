//! A strict walk along JSON that builds nothing.

use std::ops::Range;

use memchr::memchr2;

use super::BadRequest;

/// Deeper nesting is refused, here as by every JSON library with a limit.
pub(super) const DEPTH_MAX: u32 = 128;

/// What is met on the way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    ObjectStart,
    ArrayStart,
    /// Of either.
    End,
    Key(Text<'a>),
    String(Text<'a>),
    Number(&'a str),
    True,
    False,
    Null,
}

/// A string as it is written, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) raw: &'a str,
    pub(super) is_escaped: bool,
}

/// Calls `visit` for everything in `json` with the place where it is written. Errors name the place.
pub(super) fn walk<'a>(
    json: &'a str,
    mut visit: impl FnMut(Event<'a>, Range<usize>) -> Result<(), BadRequest>,
) -> Result<(), BadRequest> {
    let mut walker = Walker { json, bytes: json.as_bytes(), at: 0 };
    // One bit for each open container: whether it is an object.
    let (mut objects, mut depth) = (0_u128, 0_u32);
    let mut expect = Expect::Value;
    loop {
        walker.skip_space();
        let start = walker.at;
        let byte = walker.peek();
        match (expect, byte) {
            (Expect::Nothing, None) => return Ok(()),
            (Expect::KeyOrEnd, Some(b'}'))
            | (Expect::ValueOrEnd, Some(b']'))
            | (Expect::CommaOrEnd, Some(b'}' | b']')) => {
                let is_object = objects & 1 == 1;
                if is_object != (byte == Some(b'}')) {
                    return Err(walker.wrong());
                }
                walker.at += 1;
                (objects, depth) = (objects >> 1, depth - 1);
                visit(Event::End, start..walker.at)?;
                expect = if depth == 0 { Expect::Nothing } else { Expect::CommaOrEnd };
            }
            (Expect::CommaOrEnd, Some(b',')) => {
                walker.at += 1;
                expect = if objects & 1 == 1 { Expect::Key } else { Expect::Value };
            }
            (Expect::Key | Expect::KeyOrEnd, Some(b'"')) => {
                let text = walker.string()?;
                visit(Event::Key(text), start..walker.at)?;
                walker.skip_space();
                if walker.peek() != Some(b':') {
                    return Err(walker.wrong());
                }
                walker.at += 1;
                expect = Expect::Value;
            }
            (Expect::Value | Expect::ValueOrEnd, Some(b'{' | b'[')) => {
                if depth == DEPTH_MAX {
                    return Err(BadRequest::body(format!("nested deeper than {DEPTH_MAX} at byte {start}")));
                }
                let is_object = byte == Some(b'{');
                walker.at += 1;
                (objects, depth) = (objects << 1 | u128::from(is_object), depth + 1);
                visit(if is_object { Event::ObjectStart } else { Event::ArrayStart }, start..walker.at)?;
                expect = if is_object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
            }
            (Expect::Value | Expect::ValueOrEnd, Some(_)) => {
                let event = walker.scalar()?;
                visit(event, start..walker.at)?;
                expect = if depth == 0 { Expect::Nothing } else { Expect::CommaOrEnd };
            }
            _ => return Err(walker.wrong()),
        }
    }
}

#[derive(Clone, Copy)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
    Nothing,
}

struct Walker<'a> {
    json: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walker<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn wrong(&self) -> BadRequest {
        match self.json.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(char) => BadRequest::body(format!("no JSON: unexpected {char:?} at byte {}", self.at)),
            None => BadRequest::body(format!("no JSON: it ends early, at byte {}", self.at)),
        }
    }

    fn scalar(&mut self) -> Result<Event<'a>, BadRequest> {
        match self.peek() {
            Some(b'"') => Ok(Event::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => Ok(Event::Number(self.number()?)),
            _ => {
                let words = [("true", Event::True), ("false", Event::False), ("null", Event::Null)];
                let rest = &self.bytes[self.at..];
                let found = words.into_iter().find(|(word, _)| rest.starts_with(word.as_bytes()));
                let (word, event) = found.ok_or_else(|| self.wrong())?;
                self.at += word.len();
                Ok(event)
            }
        }
    }

    fn string(&mut self) -> Result<Text<'a>, BadRequest> {
        self.at += 1;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            let Some(found) = memchr2(b'"', b'\\', &self.bytes[self.at..]) else {
                self.at = self.bytes.len();
                return Err(self.wrong());
            };
            self.at += found;
            if self.bytes[self.at] == b'"' {
                break;
            }
            is_escaped = true;
            self.escape()?;
        }
        let raw = &self.json[start..self.at];
        if has_control(raw.as_bytes()) {
            self.at = start + raw.bytes().take_while(|&byte| byte >= 0x20).count();
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(Text { raw, is_escaped })
    }

    fn escape(&mut self) -> Result<(), BadRequest> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 1..self.at + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.wrong());
                }
                self.at += 5;
            }
            _ => return Err(self.wrong()),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, BadRequest> {
        let start = self.at;
        self.skip(b"-");
        // A zero stands alone.
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Ok(&self.json[start..self.at])
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> Result<(), BadRequest> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong()) } else { Ok(()) }
    }
}

/// Whether there is a control character, without a branch for each byte.
fn has_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, &byte| found | (byte < 0x20))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn is_json(text: &str) -> bool {
        walk(text, |_, _| Ok(())).is_ok()
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for (text, problem) in [
            ("", "no JSON: it ends early, at byte 0"),
            ("{\"a\":1", "no JSON: it ends early, at byte 6"),
            ("{\"a\":1]", "no JSON: unexpected ']' at byte 6"),
            ("{\"a\" 1}", "no JSON: unexpected '1' at byte 5"),
            ("{\"a\":1,}", "no JSON: unexpected '}' at byte 7"),
            ("[1,]", "no JSON: unexpected ']' at byte 3"),
            ("[01]", "no JSON: unexpected '1' at byte 2"),
            ("[1.]", "no JSON: unexpected ']' at byte 3"),
            ("{} x", "no JSON: unexpected 'x' at byte 3"),
            ("nul", "no JSON: unexpected 'n' at byte 0"),
            ("[\"a\nb\"]", "no JSON: unexpected '\\n' at byte 3"),
            ("\"\\x\"", "no JSON: unexpected 'x' at byte 2"),
            ("\u{feff}{}", "no JSON: unexpected '\\u{feff}' at byte 0"),
        ] {
            assert_eq!(walk(text, |_, _| Ok(())).unwrap_err().problem, problem, "{text:?}");
        }
    }

    #[test]
    fn nesting_is_allowed_to_its_limit_and_not_beyond() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(is_json(&nested(128)));
        let error = walk(&nested(129), |_, _| Ok(())).unwrap_err();
        assert_eq!(error.problem, "nested deeper than 128 at byte 128");
        // A million brackets cost nothing either.
        assert!(!is_json(&"[".repeat(1_000_000)));
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let entries = proptest::collection::vec((any::<String>(), inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..6).prop_map(Value::from),
                entries.prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_takes_what_serde_json_writes(value in value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            prop_assert!(is_json(&text.unwrap()));
        }

        #[test]
        fn it_takes_of_almost_json_what_serde_json_takes(
            value in value(), at in any::<proptest::sample::Index>(), piece in "[\\[\\]{}:,\"\\\\ 0-9a-fu.eE+-]{0,3}",
        ) {
            // One place changed: mostly no JSON any more.
            let mut text: Vec<char> = value.to_string().chars().collect();
            let place = at.index(text.len());
            text.splice(place..(place + 1).min(text.len()), piece.chars());
            let text: String = text.into_iter().collect();
            let theirs = serde_json::from_str::<Value>(&text);
            // Numbers too large for a double and halves of surrogate pairs are JSON all the same.
            let lenient = theirs.as_ref().is_err_and(|error| {
                let error = error.to_string();
                error.contains("out of range") || error.contains("surrogate") || error.contains("unexpected end of hex escape")
            });
            prop_assume!(!lenient);
            prop_assert_eq!(is_json(&text), theirs.is_ok(), "{}", text);
        }
    }
}
