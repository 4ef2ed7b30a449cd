//! What a response means.

use crate::{
    RawPage, YahooError,
    transport::Response,
    wire::{self, Answer, Chart, NoAnswer},
};

/// Longest piece of a vendor's text in an error.
const EXCERPT_CHARS: usize = 200;

/// A usable answer.
#[derive(Debug)]
pub(crate) enum Reply {
    Chart(RawPage, Box<Chart>),
    /// Nothing in the range.
    Empty(RawPage),
}

#[derive(Debug)]
pub(crate) enum Failure {
    /// Worth another attempt.
    Transient(String),
    /// Not worth one before the client has rested.
    RateLimited,
    /// Not worth one.
    Final(Box<YahooError>),
}

/// What a response means: by its status where that is decisive, by its text otherwise, for some refusals come as 200.
pub(crate) fn judge(symbol: &str, response: Response, raw: impl FnOnce(Response) -> RawPage) -> Result<Reply, Failure> {
    let status = response.status;
    let read = wire::read(&response.body);
    let excerpt = excerpt(&response.body);
    let owned = || symbol.to_owned();
    // 999 is an older spelling of 429.
    if matches!(status, 429 | 999) || (read.is_err() && excerpt.contains("Too Many Requests")) {
        return Err(Failure::RateLimited);
    }
    if status >= 500 {
        return Err(Failure::Transient(format!("HTTP status {status}")));
    }
    let error = match read {
        Ok(Answer::Chart(chart)) if status == 200 => return Ok(Reply::Chart(raw(response), chart)),
        Ok(Answer::Refused { description, .. }) if description.starts_with("Data doesn't exist") => {
            return Ok(Reply::Empty(raw(response)));
        }
        Ok(Answer::Refused { code, description }) => {
            let message = format!("{code}: {description}");
            let pages = vec![raw(response)];
            if matches!(status, 401 | 403) || code == "Unauthorized" {
                YahooError::AccessDenied { status, message, pages }
            } else if status == 404 || code == "Not Found" {
                YahooError::NotFound { symbol: owned(), message, pages }
            } else {
                YahooError::BadRequest { symbol: owned(), status, message, pages }
            }
        }
        _ if matches!(status, 401 | 403) => {
            YahooError::AccessDenied { status, message: excerpt, pages: vec![raw(response)] }
        }
        _ if matches!(status, 400 | 422) => {
            YahooError::BadRequest { symbol: owned(), status, message: excerpt, pages: vec![raw(response)] }
        }
        Err(NoAnswer::OtherShape(detail)) if status == 200 => {
            YahooError::ShapeChanged { symbol: owned(), detail, pages: vec![raw(response)] }
        }
        Err(NoAnswer::Garbled(detail)) if status == 200 => return Err(Failure::Transient(detail)),
        _ => return Err(Failure::Transient(format!("HTTP status {status}"))),
    };
    Err(Failure::Final(Box::new(error)))
}

/// The beginning of a body as text.
fn excerpt(body: &[u8]) -> String {
    let start = &body[..body.len().min(4 * EXCERPT_CHARS)];
    String::from_utf8_lossy(start).chars().take(EXCERPT_CHARS).collect()
}
