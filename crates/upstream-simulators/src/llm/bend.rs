//! The faults of one call, sorted by what they bend.

use std::time::Duration;

use bytes::Bytes;

use super::{dialect::LlmDialect, fault::LlmFault, refusal::LlmRefusal, stream::Stop};

/// How the body of an answer is bent; refusals have been dealt with.
#[derive(Debug, Default)]
pub(super) struct Bend {
    pub(super) first_token: Option<Duration>,
    pub(super) interval: Option<Duration>,
    /// After so many frames with content.
    pub(super) stop: Option<(u64, Stop)>,
    /// The only frame there is.
    pub(super) first_frame: Option<Bytes>,
    pub(super) only_done: bool,
    pub(super) usage_in_every_frame: bool,
    pub(super) comments: u64,
    pub(super) crlf: bool,
    pub(super) drip: Option<usize>,
    pub(super) body: Option<OddBody>,
}

/// A body that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OddBody {
    Garbage,
    Half,
    Html,
}

impl Bend {
    pub(super) fn new(faults: &[LlmFault], dialect: LlmDialect, model: &str, request: &str) -> Self {
        let event =
            |refusal: LlmRefusal| Bytes::from(format!("data: {}\n\n", dialect.refuse(refusal, model, request).body));
        let mut bend = Self::default();
        for fault in faults {
            match fault {
                LlmFault::SlowFirstToken(ms) => bend.first_token = Some(Duration::from_millis(*ms)),
                LlmFault::Interval(ms) => bend.interval = Some(Duration::from_millis(*ms)),
                LlmFault::StallAfter(frames) => bend.stop = Some((*frames, Stop::Stall)),
                LlmFault::CutAfter(frames) => bend.stop = Some((*frames, Stop::Cut)),
                LlmFault::NoDone(frames) => bend.stop = Some((*frames, Stop::Silence)),
                LlmFault::ErrorEvent { after, refusal } => bend.stop = Some((*after, Stop::Frame(event(*refusal)))),
                LlmFault::ErrorFirst(refusal) => bend.first_frame = Some(event(*refusal)),
                LlmFault::Empty => bend.only_done = true,
                LlmFault::UsageInEveryFrame => bend.usage_in_every_frame = true,
                LlmFault::Comments(count) => bend.comments = *count,
                LlmFault::Crlf => bend.crlf = true,
                LlmFault::Drip(bytes) => bend.drip = Some((*bytes).max(1)),
                LlmFault::Garbage => bend.body = Some(OddBody::Garbage),
                LlmFault::HalfJson => bend.body = Some(OddBody::Half),
                LlmFault::HtmlOk => bend.body = Some(OddBody::Html),
                _ => {}
            }
        }
        bend
    }
}
