//! Server-sent events, cut into frames without copying.

mod frame;
mod splitter;

use bytes::Bytes;

use crate::{OpenAiError, skim};

pub use frame::Frame;
pub use splitter::{FrameSplitter, FrameTooLong};

/// The event that ends a stream of OpenAI's kind.
pub const DONE: &[u8] = b"[DONE]";

/// Whether an event's data is worth committing to: content, thinking, a tool call, a refusal, a reason to have
/// finished, or anything that is no chunk of choices.
pub fn has_content(data: &[u8]) -> bool {
    skim::skim(data).has_content()
}

/// An event that carries an error: `data: {"error": …}` and a blank line.
pub fn error_event(error: &OpenAiError) -> Bytes {
    let json = error.to_json();
    let mut event = Vec::with_capacity(json.len() + 8);
    event.extend_from_slice(b"data: ");
    event.extend_from_slice(&json);
    event.extend_from_slice(b"\n\n");
    Bytes::from(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_event_reads_back_as_one_frame_with_an_error() {
        let error = OpenAiError::new("server_error", Some("upstream_failed"), "line\nbreak");
        let mut splitter = FrameSplitter::default();
        splitter.push(error_event(&error)).unwrap();
        let data = splitter.next_frame().unwrap().data().unwrap();
        assert_eq!(data, error.to_json());
        assert!(skim::skim(&data).is_error() && splitter.finish().is_none());
    }
}
