//! One quick look along a JSON object of an answer, without building anything: which keys it has, and how much text.
//!
//! A chunk of a stream is a few hundred bytes and comes thousands of times, so that it is not parsed. What is no JSON
//! is no error here: it has no keys.

use memchr::memchr2;

use crate::tokens::TextSize;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skimmed {
    /// It begins as an object.
    pub(crate) is_object: bool,
    pub(crate) choices: Choices,
    /// `usage` with something in it.
    pub(crate) has_usage: bool,
    /// `error` with something in it.
    pub(crate) has_error: bool,
    /// A choice has content, a tool call or a reason to have finished.
    pub(crate) says: bool,
    /// The text in the choices, without thinking.
    pub(crate) text: TextSize,
    /// The thinking in the choices.
    pub(crate) thinking: TextSize,
    /// `code` and `message` as SiliconFlow's errors have them, and no result beside them. Its limits have no code, but a
    /// `data` of null like the others.
    has_code: bool,
    data_is_null: bool,
    has_message: bool,
    has_result: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choices {
    #[default]
    Absent,
    Empty,
    Some,
}

impl Skimmed {
    pub(crate) fn is_error(&self) -> bool {
        let marked = self.has_code || self.data_is_null;
        let bare = marked && self.has_message && !self.has_result && self.choices == Choices::Absent;
        self.is_object && (self.has_error || bare)
    }

    /// A chunk that is only there for its usage.
    pub(crate) fn is_usage_only(&self) -> bool {
        self.is_object && self.has_usage && self.choices == Choices::Empty
    }

    /// Worth committing to: content, an end, or something that is no chunk of choices.
    pub(crate) fn has_content(&self) -> bool {
        self.says || self.choices == Choices::Absent
    }

    fn top(&mut self, key: &[u8], value: &[u8]) {
        let filled = !matches!(value.first(), None | Some(b'n'));
        match key {
            b"choices" => {
                let empty = value.first() == Some(&b'[') && first_of(&value[1..]) == Some(b']');
                self.choices = if !filled || empty { Choices::Empty } else { Choices::Some };
            }
            b"usage" => self.has_usage = value.first() == Some(&b'{'),
            b"error" => self.has_error = filled,
            b"code" => self.has_code = filled,
            b"message" => self.has_message = value.first() == Some(&b'"'),
            b"data" | b"results" | b"output" => {
                self.has_result |= filled;
                self.data_is_null |= key == b"data" && !filled;
            }
            _ => {}
        }
    }

    /// A key within the choices. Its text, where it has one, is `text`.
    fn within(&mut self, key: &[u8], value: &[u8], text: &[u8]) {
        let opens = |bracket, close| value.first() == Some(&bracket) && first_of(&value[1..]) != Some(close);
        match key {
            b"content" | b"refusal" | b"text" => {
                self.says |= !text.is_empty() || opens(b'[', b']');
                add_escaped(&mut self.text, text);
            }
            b"reasoning_content" | b"reasoning" | b"thinking" => {
                self.says |= !text.is_empty() || opens(b'[', b']');
                add_escaped(&mut self.thinking, text);
            }
            b"arguments" | b"name" => add_escaped(&mut self.text, text),
            b"tool_calls" => self.says |= opens(b'[', b']'),
            b"function_call" | b"audio" => self.says |= opens(b'{', b'}'),
            b"finish_reason" => self.says |= !text.is_empty(),
            _ => {}
        }
    }
}

/// Looks along `data`, which may be cut off anywhere.
pub(crate) fn skim(data: &[u8]) -> Skimmed {
    let mut seen = Skimmed { is_object: first_of(data) == Some(b'{'), ..Skimmed::default() };
    if !seen.is_object {
        return seen;
    }
    let (mut at, mut depth, mut choices_at) = (0, 0_usize, None);
    while let Some(&byte) = data.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                choices_at = choices_at.filter(|&from| depth > from);
            }
            b'"' => {
                let key = string(&data[at..]);
                at += key.len() + 1;
                let Some(value) = value_after_colon(data.get(at..).unwrap_or_default()) else { continue };
                let text = if value.first() == Some(&b'"') { string(&value[1..]) } else { b"" };
                if depth == 1 {
                    seen.top(key, value);
                    if key == b"choices" && value.first() == Some(&b'[') {
                        choices_at = Some(depth);
                    }
                } else if choices_at.is_some() {
                    seen.within(key, value, text);
                }
                // Past the value where it is a text, which might be taken for a key.
                at = data.len() - value.len();
                if value.first() == Some(&b'"') {
                    at += text.len() + 2;
                }
            }
            _ => {}
        }
    }
    seen
}

/// Adds a text as it is written in JSON.
pub(crate) fn add_escaped(size: &mut TextSize, mut text: &[u8]) {
    while let Some(at) = memchr::memchr(b'\\', text) {
        size.add(&text[..at]);
        let unit = text.get(at + 2..at + 6).filter(|_| text.get(at + 1) == Some(&b'u'));
        let unit = unit.and_then(|hex| u16::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        let length = match unit {
            // The second half of a pair stands right behind the first, which counts for both.
            Some(0xD800..=0xDBFF) if is_second_half(&text[at + 6..]) => 12,
            Some(_) => 6,
            None => 2,
        };
        size.add_utf16(unit.unwrap_or(u16::from(b'\\')));
        text = text.get(at + length..).unwrap_or_default();
    }
    size.add(text);
}

fn is_second_half(text: &[u8]) -> bool {
    matches!(text, [b'\\', b'u', b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', ..])
}

/// The inside of a string whose opening quote stands before `data`, up to its closing quote or the end.
fn string(data: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(found) = data.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if data[at] == b'"' {
            return &data[..at];
        }
        at += 2;
    }
    data
}

fn value_after_colon(data: &[u8]) -> Option<&[u8]> {
    let rest = data.trim_ascii_start().strip_prefix(b":")?;
    Some(rest.trim_ascii_start())
}

fn first_of(data: &[u8]) -> Option<u8> {
    data.trim_ascii_start().first().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn says(delta: &str) -> bool {
        let chunk =
            format!(r#"{{"id":"x","choices":[{{"index":0,"delta":{delta},"finish_reason":null}}],"usage":null}}"#);
        let seen = skim(chunk.as_bytes());
        assert_eq!((seen.choices, seen.has_usage, seen.is_error()), (Choices::Some, false, false), "{chunk}");
        seen.has_content()
    }

    #[test]
    fn a_role_and_empty_texts_say_nothing() {
        for delta in [
            "{}",
            r#"{"role":"assistant","content":""}"#,
            r#"{"content":null,"reasoning_content":null,"tool_calls":[],"function_call":null}"#,
            r#"{"content" : "" , "tool_calls" : [ ]}"#,
        ] {
            assert!(!says(delta), "{delta}");
        }
    }

    #[test]
    fn text_thinking_tools_refusals_and_an_end_are_content() {
        for delta in [
            r#"{"content":"a"}"#,
            r#"{"content" : "a"}"#,
            r#"{"content":"","reasoning_content":"想"}"#,
            r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}"#,
            r#"{"refusal":"no"}"#,
            r#"{"function_call":{"name":"f"}}"#,
            r#"{"content":[{"type":"text","text":"a"}]}"#,
        ] {
            assert!(says(delta), "{delta}");
        }
        assert!(skim(br#"{"choices":[{"delta":{},"finish_reason":"eos"}]}"#).has_content());
        assert!(skim(br#"{"choices":[{"text":"a"}]}"#).has_content());
        // No chunk of choices at all: not ours to hold back.
        assert!(skim(br#"{"type":"response.created"}"#).has_content());
        // Azure's first chunk.
        assert!(!skim(br#"{"choices":[],"prompt_filter_results":[{}]}"#).has_content());
    }

    #[test]
    fn words_within_texts_are_no_keys() {
        let chunk = br#"{"choices":[{"delta":{"content":"\"error\":{\"usage\":{},\"code\":1"}}],"created":1}"#;
        let seen = skim(chunk);
        assert!(!seen.has_usage && !seen.has_error && seen.says);
        // As values, and in other places than the top.
        let seen = skim(br#"{"object":"error","x":["usage","choices"],"y":{"error":{},"usage":{}}}"#);
        assert_eq!(seen, Skimmed { is_object: true, ..Skimmed::default() });
    }

    #[test]
    fn errors_of_both_forms_are_seen() {
        for error in [
            r#"{"error":{"message":"x"}}"#,
            r#"{"error":"x"}"#,
            r#"{"code":50505,"message":"busy","data":null}"#,
            r#"{"message":"TPM limit reached.","data":null}"#,
            r#"{"code":"Arrearage","message":"x","request_id":"r"}"#,
        ] {
            assert!(skim(error.as_bytes()).is_error(), "{error}");
        }
        for fine in [
            r#"{"error":null,"choices":[]}"#,
            r#"{"message":"no data at all"}"#,
            r#"{"code":20000,"message":"OK","data":{"totalBalance":"1"}}"#,
            r#"{"code":0,"message":"","results":[{}]}"#,
            "[DONE]",
            "",
        ] {
            assert!(!skim(fine.as_bytes()).is_error(), "{fine}");
        }
    }

    #[test]
    fn a_chunk_with_usage_alone_is_told_from_one_with_usage_and_choices() {
        let only = br#"{"id":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
        assert!(skim(only).is_usage_only() && !skim(only).has_content());
        let both = br#"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}"#;
        assert!(!skim(both).is_usage_only() && skim(both).has_usage);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_along_without_a_panic(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut object = b"{\"choices\":[{".to_vec();
            object.extend(&data);
            skim(&object);
            skim(&data);
        }

        #[test]
        fn the_text_is_measured_as_it_reads_not_as_it_is_written(text in any::<String>(), ascii in any::<bool>()) {
            let mut written = serde_json::to_string(&text).unwrap();
            if ascii {
                let escape = |char: char| -> String {
                    let mut units = [0; 2];
                    if char.is_ascii() {
                        return char.to_string();
                    }
                    char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
                };
                written = written.chars().map(escape).collect();
            }
            let chunk = format!(r#"{{"choices":[{{"delta":{{"content":{written}}}}}]}}"#);
            let seen = skim(chunk.as_bytes());
            prop_assert_eq!(seen.text.bytes(), text.len() as u64);
            prop_assert_eq!(seen.says, !text.is_empty());
        }
    }
}
