//! Heads and bodies of HTTP answers.

use std::time::Duration;

use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, HeaderValue},
};

use super::{
    bend::{Bend, OddBody},
    fault::LlmFault,
    receipt::Receipt,
    refusal::Refused,
    script::{Script, Step, Steps},
    stream::Stop,
};

/// A proxy's page.
pub(super) const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 \
                                     Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

pub(super) fn head(status: u16, content_type: &'static str, body: Script) -> Response<Script> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

pub(super) fn json(status: u16, body: &serde_json::Value) -> Response<Script> {
    head(status, "application/json", Script::whole(Bytes::from(body.to_string()), None))
}

/// A refusal, with the waits that the faults say.
pub(super) fn refused(refused: Refused, faults: &[LlmFault]) -> Response<Script> {
    let mut response = head(refused.status, refused.content_type, Script::whole(Bytes::from(refused.body), None));
    for fault in faults {
        let (name, wait) = match fault {
            LlmFault::RetryAfter(seconds) => ("retry-after", *seconds),
            LlmFault::RetryAfterMs(ms) => ("retry-after-ms", *ms),
            _ => continue,
        };
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(wait));
    }
    response
}

/// A stream, bent.
pub(super) fn stream(steps: Steps, bend: &Bend, receipt: Receipt) -> Response<Script> {
    let steps = if bend.crlf { crlf(steps) } else { steps };
    let steps = if let Some(bytes) = bend.drip { drip(steps, bytes) } else { steps };
    head(200, "text/event-stream", Script::new(steps, None, Some(receipt)))
}

/// A body at once, bent.
pub(super) fn whole(body: Bytes, bend: &Bend, receipt: Receipt) -> Response<Script> {
    let (content_type, body) = match bend.body {
        None if bend.only_done => ("application/json", Bytes::new()),
        None => ("application/json", body),
        Some(OddBody::Garbage) => ("application/json", Bytes::from_static(b"\x00\x9f\x92\x96 no json at all \xff")),
        Some(OddBody::Half) => ("application/json", body.slice(..body.len() / 2)),
        Some(OddBody::Html) => ("text/html", Bytes::from_static(PROXY_PAGE.as_bytes())),
    };
    let length = Some(body.len() as u64);
    let half = || Step::Data(body.slice(..body.len() / 2), 0);
    let steps: Steps = match bend.stop {
        Some((_, Stop::Cut)) => Box::new([half(), Step::Yield, Step::Cut].into_iter()),
        Some((_, Stop::Stall)) => Box::new([half(), Step::Stall].into_iter()),
        _ => Box::new(std::iter::once(Step::Data(body, 0))),
    };
    let steps = if let Some(bytes) = bend.drip { drip(steps, bytes) } else { steps };
    head(200, content_type, Script::new(steps, length, Some(receipt)))
}

fn crlf(steps: Steps) -> Steps {
    let change = |step| match step {
        Step::Data(bytes, tokens) => {
            let text = String::from_utf8_lossy(&bytes).replace('\n', "\r\n");
            Step::Data(Bytes::from(text), tokens)
        }
        other => other,
    };
    Box::new(steps.map(change))
}

/// The tokens go with the first piece.
fn drip(steps: Steps, bytes: usize) -> Steps {
    Box::new(steps.flat_map(move |step| match step {
        Step::Data(whole, mut tokens) => {
            let starts = (0..whole.len()).step_by(bytes);
            let pieces = starts.flat_map(|start| {
                let piece = whole.slice(start..(start + bytes).min(whole.len()));
                [Step::Data(piece, std::mem::take(&mut tokens)), Step::Wait(Duration::from_millis(1))]
            });
            pieces.collect()
        }
        other => vec![other],
    }))
}
