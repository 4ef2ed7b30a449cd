//! What goes back over a connection, the ways to fail included.

use std::io;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::stream;

/// One reply.
#[derive(Debug)]
pub(crate) enum Reply {
    /// HTTP 200 and JSON.
    Json(Vec<u8>),
    /// Another status and JSON.
    JsonStatus(u16, Vec<u8>),
    /// The beginning of the body under the length of the whole one, then the connection ends.
    CutJson(Vec<u8>),
    /// A proxy's page.
    Html(u16),
    /// A page of HTML.
    Page(u16, &'static str),
    /// A plain text.
    Text(u16, &'static str),
    /// An empty body.
    Status(u16),
    /// HTTP 429 with these seconds in `retry-after`, or without the header.
    TooMany(Option<u32>),
    /// The connection ends without an answer.
    Hangup,
}

/// Marks a response that must not be sent: the connection ends in its place.
#[derive(Clone)]
pub(super) struct HangUp;

const PROXY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                          Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let status = |number| StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match self {
            Self::Json(body) => ([json], body).into_response(),
            Self::JsonStatus(number, body) => (status(number), [json], body).into_response(),
            Self::CutJson(body) => {
                let length = (header::CONTENT_LENGTH, HeaderValue::from(body.len()));
                ([json, length], cut(body)).into_response()
            }
            Self::Html(number) => {
                let html = (header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                (status(number), [html], PROXY_PAGE).into_response()
            }
            Self::Page(number, page) => {
                let html = (header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                (status(number), [html], page).into_response()
            }
            Self::Text(number, text) => (status(number), text).into_response(),
            Self::Status(number) => status(number).into_response(),
            Self::TooMany(None) => StatusCode::TOO_MANY_REQUESTS.into_response(),
            Self::TooMany(Some(seconds)) => {
                let wait = (header::RETRY_AFTER, HeaderValue::from(seconds));
                (StatusCode::TOO_MANY_REQUESTS, [wait]).into_response()
            }
            Self::Hangup => {
                let mut response = StatusCode::OK.into_response();
                response.extensions_mut().insert(HangUp);
                response
            }
        }
    }
}

/// The first half, and then an error, which makes hyper close the connection.
fn cut(mut body: Vec<u8>) -> Body {
    body.truncate(body.len() / 2);
    let parts = stream::unfold(Some(body), |first| async {
        match first {
            Some(part) => Some((Ok(part), None)),
            None => {
                // A turn of the executor, in which the first half is written out.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    });
    Body::from_stream(parts)
}
