//! Usage along a stream.

use route_policy::Usage;

use super::of_body;
use crate::{
    skim::{Choices, skim},
    sse::DONE,
    tokens::TextSize,
};

/// What an event of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A chunk that says nothing yet (a role, an empty delta): may be held back before the commit point.
    Plain,
    /// A chunk with content or a finished choice, or something that is no chunk of choices: the commit point.
    Content,
    /// Usage and no choices: the extra chunk of `include_usage`.
    UsageOnly,
    /// An error instead of a chunk.
    Error,
    /// `[DONE]`.
    Done,
}

/// Reads usage along a stream. Of each chunk only its keys are looked at; it is parsed only where it tells a usage.
#[derive(Debug, Default)]
pub struct StreamUsage {
    told: Option<Usage>,
    text: Written,
    thinking: Written,
}

/// Text that came in pieces.
#[derive(Debug, Default)]
struct Written {
    size: TextSize,
    /// In so many events.
    events: u64,
}

impl Written {
    fn add(&mut self, size: TextSize) {
        if !size.is_empty() {
            self.size += size;
            self.events += 1;
        }
    }

    /// About as many tokens as its length tells, and one for each event at least: no model writes less at a time.
    fn tokens(&self) -> u64 {
        self.size.tokens().max(self.events)
    }
}

impl StreamUsage {
    /// Takes the data of an event and says what it is.
    pub fn frame(&mut self, data: &[u8]) -> FrameKind {
        if data.trim_ascii() == DONE {
            return FrameKind::Done;
        }
        let seen = skim(data);
        if seen.is_error() {
            return FrameKind::Error;
        }
        self.text.add(seen.text);
        self.thinking.add(seen.thinking);
        if seen.has_usage {
            // Some tell it with every chunk, as far as they are; the last word counts, unless it is nonsense.
            self.told = of_body(data).or(self.told);
        }
        match (seen.is_usage_only(), seen.choices) {
            (true, _) => FrameKind::UsageOnly,
            (false, Choices::Empty) => FrameKind::Plain,
            (false, _) if seen.has_content() => FrameKind::Content,
            (false, _) => FrameKind::Plain,
        }
    }

    /// The last usage that the upstream told; none where it told none, or an impossible one: no output although there
    /// was text.
    pub fn usage(&self) -> Option<Usage> {
        self.told.filter(|usage| usage.output > 0 || self.relayed_tokens() == 0)
    }

    /// About how many tokens were relayed: content, thinking, names and arguments of tools.
    pub fn relayed_tokens(&self) -> u64 {
        self.text.tokens().saturating_add(self.thinking.tokens())
    }

    /// Of these, thinking, which some providers do not count against the bound of an answer's length.
    pub fn relayed_thinking(&self) -> u64 {
        self.thinking.tokens()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(usage: &mut StreamUsage, events: &[&str]) -> Vec<FrameKind> {
        events.iter().map(|event| usage.frame(event.as_bytes())).collect()
    }

    const ROLE: &str = r#"{"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#;
    const TEXT: &str = r#"{"id":"x","choices":[{"index":0,"delta":{"content":"贵州茅台收盘上涨"},"finish_reason":null}],"usage":null}"#;
    const STOP: &str = r#"{"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#;
    const USAGE: &str =
        r#"{"id":"x","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18}}"#;

    #[test]
    fn a_whole_stream_is_told_apart_and_its_usage_read() {
        use FrameKind::{Content, Done, Plain, UsageOnly};
        let mut usage = StreamUsage::default();
        let seen = kinds(&mut usage, &[ROLE, TEXT, STOP, USAGE, "[DONE]"]);
        assert_eq!(seen, [Plain, Content, Content, UsageOnly, Done]);
        assert_eq!(usage.usage(), Some(Usage { input: 12, output: 6, ..Usage::default() }));
        assert_eq!(usage.relayed_tokens(), 6);
    }

    #[test]
    fn usage_in_every_chunk_counts_once_and_the_last_word_wins() {
        let mut usage = StreamUsage::default();
        for output in 1..=3 {
            let chunk = format!(
                r#"{{"choices":[{{"delta":{{"content":"a"}}}}],"usage":{{"prompt_tokens":12,"completion_tokens":{output}}}}}"#
            );
            assert_eq!(usage.frame(chunk.as_bytes()), FrameKind::Content);
        }
        assert_eq!(usage.usage().map(|usage| usage.output), Some(3));
        // Nonsense at the end does not undo what was told.
        usage.frame(br#"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":-1}}"#);
        assert_eq!(usage.usage().map(|usage| usage.output), Some(3));
    }

    #[test]
    fn a_usage_that_the_text_contradicts_is_none() {
        let mut usage = StreamUsage::default();
        kinds(&mut usage, &[TEXT, r#"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":0}}"#]);
        assert_eq!((usage.usage(), usage.relayed_tokens()), (None, 6));
        let mut cut = StreamUsage::default();
        kinds(&mut cut, &[ROLE, TEXT]);
        assert_eq!((cut.usage(), cut.relayed_tokens()), (None, 6));
    }

    #[test]
    fn thinking_and_tool_calls_count_as_relayed_text() {
        let mut usage = StreamUsage::default();
        let tool = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"call_1","type":"function",
            "function":{"name":"quote","arguments":"{\"code\": \"600519.SH\"}"}}]}}]}"#;
        let thinking = r#"{"choices":[{"delta":{"content":null,"reasoning_content":"Let me think about it"}}]}"#;
        assert_eq!(kinds(&mut usage, &[tool, thinking]), [FrameKind::Content, FrameKind::Content]);
        assert!((10..=20).contains(&usage.relayed_tokens()), "{}", usage.relayed_tokens());
        assert_eq!(usage.relayed_thinking(), 6);
    }

    #[test]
    fn each_event_with_text_is_a_token_at_least() {
        let mut usage = StreamUsage::default();
        let short = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
        let thought = r#"{"choices":[{"delta":{"reasoning_content":"b"}}]}"#;
        kinds(&mut usage, &[ROLE, short, short, short, thought, thought, STOP]);
        assert_eq!((usage.relayed_tokens(), usage.relayed_thinking()), (5, 2));
    }

    #[test]
    fn errors_and_strange_events_have_their_kinds() {
        let mut usage = StreamUsage::default();
        for (event, kind) in [
            (r#"{"error":{"message":"x","code":"y"}}"#, FrameKind::Error),
            (r#"{"code":50505,"message":"busy","data":null}"#, FrameKind::Error),
            (r#"{"choices":[],"prompt_filter_results":[]}"#, FrameKind::Plain),
            (r#"{"type":"ping"}"#, FrameKind::Content),
            ("not json", FrameKind::Content),
            (" [DONE] ", FrameKind::Done),
        ] {
            assert_eq!(usage.frame(event.as_bytes()), kind, "{event}");
        }
    }
}
