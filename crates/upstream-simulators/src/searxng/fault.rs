//! The ways in which a SearXNG and its engines fail.

use serde::{Deserialize, Serialize};

/// One way to misbehave. Several that befall one call all apply, as far as they can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearxngFault {
    /// An engine fails. Other than the faults below this one counts the calls that really ask the engine.
    Engine {
        /// Its name; empty = every engine.
        engine: String,
        /// How.
        failure: EngineFailure,
    },
    /// The whole answer comes after this many milliseconds.
    Slow(u64),
    /// HTTP 429 of the limiter, with these seconds in `retry-after`, or without the header.
    TooManyRequests(Option<u32>),
    /// HTTP 500 with `{"error": "search error"}`: any exception inside SearXNG.
    SearchError,
    /// HTTP 400 with this error.
    BadRequest(String),
    /// HTTP 502 with a proxy's HTML page.
    HtmlBadGateway,
    /// HTTP 200 with an HTML page.
    HtmlOk,
    /// HTTP 302 to a search engine, with the query in the address: an external bang.
    Redirect,
    /// The connection closes in the middle of the body.
    CutBody,
    /// The connection closes without an answer.
    Hangup,
    /// HTTP 200 and half of the JSON, the connection in order.
    Malformed,
    /// HTTP 200 and JSON that is no object.
    NotAnObject,
    /// HTTP 200 and a body in another encoding.
    NotUtf8,
    /// The answer has no `results`.
    NoResultsField,
    /// `results` is no list.
    ResultsNotAList,
    /// The first result's content has this many bytes.
    Huge(usize),
    /// The web has nothing for the query, and every engine says so.
    Nothing,
    /// The answer has `number_of_results`, as older versions had it.
    NumberOfResults,
}

/// How an engine fails. The three that SearXNG suspends for keep it suspended, for as long as its settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineFailure {
    /// It shows a CAPTCHA. Suspended for an hour.
    Captcha,
    /// It refuses. Suspended for three minutes.
    TooManyRequests,
    /// It refuses. Suspended for three minutes.
    AccessDenied,
    /// It is too slow; the answer does not wait for it here. Suspended for five seconds.
    Timeout,
    /// SearXNG cannot connect. Suspended for five seconds.
    ConnectionError,
    /// SearXNG cannot read its page. Not suspended.
    ParsingError,
    /// Any exception. Not suspended.
    Crash,
    /// It shows a page without results instead of a CAPTCHA, and SearXNG does not notice.
    SoftBlock,
    /// It takes this many milliseconds; more than SearXNG waits is a timeout, and not suspended for.
    Slow(u64),
}

impl EngineFailure {
    /// SearXNG's words; `None` where there is no failure to see.
    pub fn reason(self) -> Option<&'static str> {
        Some(match self {
            Self::Captcha => "CAPTCHA",
            Self::TooManyRequests => "too many requests",
            Self::AccessDenied => "access denied",
            Self::Timeout => "timeout",
            Self::ConnectionError => "HTTP connection error",
            Self::ParsingError => "parsing error",
            Self::Crash => "unexpected crash",
            Self::SoftBlock | Self::Slow(_) => return None,
        })
    }

    /// For how many seconds SearXNG suspends the engine.
    pub fn suspends_s(self) -> Option<i64> {
        match self {
            Self::Captcha => Some(3_600),
            Self::TooManyRequests | Self::AccessDenied => Some(180),
            Self::Timeout | Self::ConnectionError => Some(5),
            _ => None,
        }
    }
}

/// A fault and the calls it befalls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearxngFaultRule {
    /// The query it befalls, word by word; absent = any.
    #[serde(default)]
    pub q: Option<String>,
    /// How many more calls; absent = all.
    #[serde(default)]
    pub calls: Option<u32>,
    /// What befalls them.
    pub fault: SearxngFault,
}

impl SearxngFaultRule {
    /// `fault` for every call, until the faults are cleared.
    pub fn always(fault: SearxngFault) -> Self {
        Self { q: None, calls: None, fault }
    }
}
