//! The beginning of a stream: nothing leaves before there is content, so that whatever fails until then falls back
//! unseen.

use std::collections::VecDeque;

use axum::body::Body;
use bytes::Bytes;
use llm_upstream::{BodyError, Dialect, OpenAiError, Refused, classify_event, sse::Frame, usage::FrameKind};
use route_policy::Verdict;

use super::{
    AttemptEnd, Due,
    answer::{Landed, broken, nonsense, own_words, refuse},
    body::RelayBody,
    exchange::Exchange,
    head::Head,
    prepare::Prepared,
    tally::{Seen, StreamTally, Tally},
};

/// What one look at the events that have arrived gave.
enum Look {
    /// Nothing with content yet.
    Nothing,
    /// Content, or a proper end: from here on there is no way back.
    Commit,
    /// An error instead of content.
    Error(Refused),
    /// Nothing that is an answer, which may be billed all the same.
    Nonsense(String),
    /// Content, and then an error.
    CommitAndFail(Refused),
}

/// Waits for the first content, and begins to pass the stream on.
pub(super) async fn open(mut exchange: Exchange, head: Head, request: &Prepared) -> Landed {
    let Some(options) = exchange.gateway().map(|gateway| &gateway.options) else {
        return nonsense(exchange, &head, "the request is gone", &Due::Nothing);
    };
    let (limit, within) = (options.hold, options.content_within);
    let deadline = exchange.launched() + within;
    exchange.tally = Tally::Stream(StreamTally::new(exchange.bounds.answers));
    let strips = !request.wants_usage();
    let mut held = VecDeque::new();
    let mut length = 0;
    let failing = loop {
        let chunk = tokio::time::timeout_at(deadline, exchange.chunk()).await;
        let chunk = match chunk {
            Ok(Some(Ok(chunk))) => Some(chunk),
            Ok(Some(Err(error))) => return broken(exchange, &head, &error),
            Err(_) => return broken(exchange, &head, &BodyError::Idle { timeout: within }),
            Ok(None) => None,
        };
        length += chunk.as_ref().map_or(0, Bytes::len);
        let ended = chunk.is_none();
        match look(&mut exchange, chunk, strips, &mut held) {
            Look::Error(refused) => return refuse(exchange, Some(&head), refused, &Due::Nothing),
            Look::Nonsense(problem) => {
                let due = exchange.tally.lost(&exchange.bounds);
                exchange.hang_up();
                return nonsense(exchange, &head, &problem, &due);
            }
            Look::Nothing if ended => return ended_early(exchange, &head),
            Look::Nothing if length <= limit => {}
            Look::Nothing | Look::Commit => break None,
            Look::CommitAndFail(refused) => break Some(refused),
        }
    };
    exchange.committed();
    exchange.answered(head.status);
    let response = head.answer(&exchange, request, Body::empty());
    let mut body = RelayBody::stream(exchange, held, strips);
    if let Some(refused) = failing {
        let end = AttemptEnd::Refused(refused.verdict);
        body.fail(refused, end);
    }
    Landed::Answered(response.map(|_| Body::new(body)))
}

/// Looks at the events that are whole with a chunk; without one, at what is left at the end.
fn look(exchange: &mut Exchange, chunk: Option<Bytes>, strips: bool, held: &mut VecDeque<Bytes>) -> Look {
    let dialect = exchange.channel.dialect;
    let Tally::Stream(tally) = &mut exchange.tally else { return Look::Nothing };
    let ended = chunk.is_none();
    if let Err(error) = tally.push(chunk.unwrap_or_default()) {
        return Look::Nonsense(error.to_string());
    }
    let mut found = Look::Nothing;
    while let Some(Seen { frame, kind }) = tally.next_event().or_else(|| ended.then(|| tally.last_event())?) {
        match kind {
            FrameKind::Error => {
                let refused = understood(dialect, &frame);
                return if matches!(found, Look::Nothing) {
                    Look::Error(refused)
                } else {
                    Look::CommitAndFail(refused)
                };
            }
            FrameKind::Content => found = Look::Commit,
            // Said is nothing, finished is no choice: an answer that is none.
            FrameKind::Done if matches!(found, Look::Nothing) => {
                return Look::Nonsense("the upstream's stream ended without an answer".to_owned());
            }
            FrameKind::Done => found = Look::Commit,
            FrameKind::UsageOnly if strips => continue,
            FrameKind::UsageOnly | FrameKind::Plain => {}
        }
        held.push_back(frame.into_bytes());
    }
    found
}

fn ended_early(exchange: Exchange, head: &Head) -> Landed {
    broken(exchange, head, &BodyError::Cut { problem: "the stream ended without content".to_owned() })
}

/// The error that an event carries.
pub(super) fn understood(dialect: Dialect, frame: &Frame) -> Refused {
    let refused = frame.data().and_then(|data| classify_event(dialect, &data));
    refused.unwrap_or_else(|| nothing_readable("the upstream's stream is an error"))
}

fn nothing_readable(message: &str) -> Refused {
    let error = OpenAiError::new("upstream_error", None, message);
    own_words(Verdict::Broken, error, "nonsense")
}
