//! JSON as Python's `json.dumps` spells it: a blank after `:` and `,`, and nothing but ASCII.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::{Serializer, Value, ser::Formatter};

pub(super) fn bytes(value: &Value) -> Vec<u8> {
    let mut serializer = Serializer::with_formatter(Vec::new(), Python);
    // A value of JSON, written to memory.
    value.serialize(&mut serializer).unwrap_or_default();
    serializer.into_inner()
}

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for letter in fragment.chars() {
            if letter.is_ascii() {
                writer.write_all(&[letter as u8])?;
                continue;
            }
            for unit in letter.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::bytes;

    #[test]
    fn everything_is_ascii_and_has_pythons_blanks() {
        let spelt = bytes(&json!({"q": "茅台 😀 \"a\"", "n": [1, 2.5, null]}));
        let expected = r#"{"n": [1, 2.5, null], "q": "\u8305\u53f0 \ud83d\ude00 \"a\""}"#;
        assert_eq!(String::from_utf8(spelt).unwrap(), expected);
    }
}
