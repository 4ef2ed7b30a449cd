//! What `git http-backend` says before its answer.

use std::io;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Far more than git writes.
const HEAD_MAX: u64 = 16 << 10;
/// What is passed on; anything else of it is the server's own business.
const PASSED: [HeaderName; 4] = [header::CONTENT_TYPE, header::CACHE_CONTROL, header::PRAGMA, header::EXPIRES];

/// Status and headers.
#[derive(Debug)]
pub(super) struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Head {
    /// Reads it, up to the empty line.
    ///
    /// # Errors
    /// When it is none.
    pub(super) async fn read(output: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        let mut head = Self { status: StatusCode::OK, headers: HeaderMap::new() };
        let mut bounded = output.take(HEAD_MAX);
        loop {
            let mut line = Vec::new();
            bounded.read_until(b'\n', &mut line).await?;
            let Some(line) = line.strip_suffix(b"\n") else { return Err(bad()) };
            let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).map_err(|_| bad())?;
            if line.is_empty() {
                return Ok(head);
            }
            let (name, value) = line.split_once(": ").ok_or_else(bad)?;
            head.take(name, value)?;
        }
    }

    fn take(&mut self, name: &str, value: &str) -> io::Result<()> {
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().unwrap_or_default();
            self.status = code.parse().map_err(|_| bad())?;
        } else if let Some(name) = PASSED.into_iter().find(|passed| name.eq_ignore_ascii_case(passed.as_str())) {
            self.headers.insert(name, HeaderValue::from_str(value).map_err(|_| bad())?);
        }
        Ok(())
    }

    /// The answer.
    pub(super) fn with(self, body: Body) -> Response {
        (self.status, self.headers, body).into_response()
    }
}

fn bad() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "git http-backend answers without a head")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_head_is_read_and_the_answer_stays() {
        let text =
            b"Status: 403 Forbidden\r\nExpires: Fri, 01 Jan 1980 00:00:00 GMT\r\nSet-Cookie: x\r\n\r\n001e# body";
        let mut input = text.as_slice();
        let head = Head::read(&mut input).await.unwrap();
        assert_eq!((head.status, head.headers.len()), (StatusCode::FORBIDDEN, 1));
        assert_eq!(input, b"001e# body");
    }

    #[tokio::test]
    async fn what_is_no_head_is_an_error() {
        let endless = vec![b'x'; 20 << 10];
        for input in [
            b"".as_slice(),
            b"Status: 200 OK\r\n",
            b"\xff\r\n\r\n",
            b"no header\r\n\r\n",
            b"Status: x\r\n\r\n",
            &endless,
        ] {
            assert!(Head::read(&mut &*input).await.is_err(), "{input:?}");
        }
    }
}
