//! The ways in which a provider fails.

use serde::{Deserialize, Serialize};

use super::{dialect::LlmEndpoint, refusal::LlmRefusal};

/// One way to misbehave. Several that befall one call all apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LlmFault {
    /// The call is refused in the dialect's words. Nothing is billed.
    Refuse(LlmRefusal),
    /// Refusals bear these seconds in `retry-after`.
    RetryAfter(u32),
    /// Refusals bear these milliseconds in `retry-after-ms`.
    RetryAfterMs(u32),
    /// This status and this body as JSON. Nothing is billed.
    Raw {
        /// The HTTP status.
        status: u16,
        /// The whole body.
        body: String,
    },
    /// This status with a proxy's HTML page. Nothing is billed.
    Html(u16),
    /// The connection ends without an answer, and nothing is billed.
    Hangup,
    /// The connection ends without an answer, and all is billed.
    BilledHangup,
    /// The head of the answer, or the refusal, comes after this many milliseconds.
    SlowHead(u64),
    /// The first frame of a stream comes this many milliseconds after the head.
    SlowFirstToken(u64),
    /// The frames of a stream come at this interval, milliseconds.
    Interval(u64),
    /// After so many frames with content nothing comes any more, and the connection stays. In an answer that is no stream,
    /// half of the body comes.
    StallAfter(u64),
    /// After so many frames with content the connection ends. An answer that is no stream ends half-way.
    CutAfter(u64),
    /// The very first frame of a stream is an error, and the stream ends.
    ErrorFirst(LlmRefusal),
    /// After so many frames with content an error comes as an event, and the stream ends without `[DONE]`.
    ErrorEvent {
        /// Frames with content before it; the frame that only names the role comes before them.
        after: u64,
        /// What it says.
        refusal: LlmRefusal,
    },
    /// HTTP 200 and the refusal's JSON in place of a stream or of an answer.
    RefuseWith200(LlmRefusal),
    /// The stream ends in order, but without `[DONE]` after so many frames with content.
    NoDone(u64),
    /// A stream of nothing but `[DONE]`; another answer with an empty body.
    Empty,
    /// The answer has no usage.
    UsageMissing,
    /// The usage says zero.
    UsageZero,
    /// The usage says so many times the truth.
    UsageTimes(u32),
    /// The usage's numbers are negative.
    UsageNegative,
    /// Every frame of a stream bears the usage so far.
    UsageInEveryFrame,
    /// The answer is so many tokens long whatever the request's `max_tokens` says, and that is billed.
    IgnoreMaxTokens(u64),
    /// The answer, or the first frame of a stream, has a text of this many bytes.
    Huge(usize),
    /// HTTP 200 and bytes that are no JSON.
    Garbage,
    /// HTTP 200 and half of the JSON under the right length.
    HalfJson,
    /// HTTP 200 and a page of HTML.
    HtmlOk,
    /// The body comes in pieces of this many bytes, a millisecond apart.
    Drip(usize),
    /// Lines end with CR LF.
    Crlf,
    /// So many comment frames come before the first.
    Comments(u64),
}

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmFaultRule {
    /// The key's name; absent = any.
    #[serde(default)]
    pub key: Option<String>,
    /// The endpoint; absent = all that cost tokens.
    #[serde(default)]
    pub endpoint: Option<LlmEndpoint>,
    /// The model; absent = any.
    #[serde(default)]
    pub model: Option<String>,
    /// Only streams, or only what is none; absent = both.
    #[serde(default)]
    pub stream: Option<bool>,
    /// How many more calls; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them.
    pub fault: LlmFault,
}

impl LlmFaultRule {
    /// `fault` for every call of the key that costs tokens (`""` = of any key), until the faults are cleared.
    pub fn always(key: &str, fault: LlmFault) -> Self {
        let key = (!key.is_empty()).then(|| key.to_owned());
        Self { key, endpoint: None, model: None, stream: None, calls: None, fault }
    }
}
