//! The body of a request: bounded in size and in time, and not copied where it arrives in one piece.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::bodies::Held;
use crate::refusal::Failure;

/// Room that is made at once for a body of several pieces; a caller's word for its length is not believed beyond that.
const ROOM_MAX: usize = 1 << 20;

/// A body may take so many times as long as each of its pauses, all told: drop by drop, it would hold its connection and
/// what came of it for days.
const PAUSES: u32 = 10;

/// Reads a JSON body of at most `limit` bytes that never pauses for `within`, nor takes ten times as long.
///
/// # Errors
/// 415 when its headers say that it is no plain JSON, 413 when it is too long (before it is read, where its length is
/// announced), 408 when it pauses, 400 when it breaks off.
pub(crate) async fn read_body(
    headers: &HeaderMap,
    mut body: Body,
    limit: usize,
    within: Duration,
    held: &mut Held,
) -> Result<Bytes, Failure> {
    is_json(headers)?;
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Failure::body_too_large(limit));
    }
    let pace = Pace { within, until: Instant::now() + within * PAUSES };
    let Some(first) = next(&mut body, &pace).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(Failure::body_too_large(limit));
    }
    if !held.grow_to(first.len()) {
        return Err(Failure::too_many_bodies());
    }
    let Some(second) = next(&mut body, &pace).await? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(ROOM_MAX).max(first.len() + second.len()));
    whole.extend_from_slice(&first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        if whole.len() + bytes.len() > limit {
            return Err(Failure::body_too_large(limit));
        }
        if !held.grow_to(whole.len() + bytes.len()) {
            return Err(Failure::too_many_bodies());
        }
        whole.extend_from_slice(&bytes);
        piece = next(&mut body, &pace).await?;
    }
    Ok(whole.freeze())
}

/// How quickly a body has to come.
struct Pace {
    within: Duration,
    until: Instant,
}

/// The next piece with something in it.
async fn next(body: &mut Body, pace: &Pace) -> Result<Option<Bytes>, Failure> {
    let within = pace.within;
    loop {
        let until = pace.until.min(Instant::now() + within);
        let frame = tokio::time::timeout_at(until, body.frame()).await.map_err(|_| Failure::body_too_slow(within))?;
        match frame.map(|frame| frame.map(data)) {
            None => return Ok(None),
            Some(Err(_)) => return Err(Failure::body_cut()),
            Some(Ok(Some(bytes))) if !bytes.is_empty() => return Ok(Some(bytes)),
            Some(Ok(_)) => {}
        }
    }
}

fn data(frame: hyper::body::Frame<Bytes>) -> Option<Bytes> {
    frame.into_data().ok()
}

/// Nobody has to say that it is JSON, but it must not say that it is something else.
fn is_json(headers: &HeaderMap) -> Result<(), Failure> {
    let wrong = |name: &str, value: &HeaderValue| Failure::not_json(name, &String::from_utf8_lossy(value.as_bytes()));
    if let Some(value) = headers.get(header::CONTENT_TYPE) {
        let kind = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let is_json = kind.eq_ignore_ascii_case(b"application/json")
            || kind.len() > 5 && kind[kind.len() - 5..].eq_ignore_ascii_case(b"+json");
        if !is_json {
            return Err(wrong("content-type", value));
        }
    }
    match headers.get(header::CONTENT_ENCODING) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"identity") => Err(wrong("content-encoding", value)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::StatusCode;
    use futures::stream;

    use super::*;
    use crate::relay::bodies::Bodies;

    const WITHIN: Duration = Duration::from_secs(60);

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    async fn read(pairs: &[(header::HeaderName, &'static str)], pieces: &[&'static str]) -> Result<Bytes, StatusCode> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece.as_bytes()))).collect();
        let body = Body::from_stream(stream::iter(pieces));
        read_body(&headers(pairs), body, 10, WITHIN, &mut Bodies::new().none())
            .await
            .map_err(|failure| failure.status())
    }

    #[tokio::test]
    async fn a_body_arrives_whole_up_to_its_limit() {
        assert_eq!(read(&[], &[]).await.unwrap(), "");
        assert_eq!(read(&[], &["0123456789"]).await.unwrap(), "0123456789");
        assert_eq!(read(&[], &["01", "", "23", "456789"]).await.unwrap(), "0123456789");
        assert_eq!(read(&[], &["0123456789a"]).await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read(&[], &["012345", "6789a"]).await.unwrap_err(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_long_body_waits_outside_while_there_are_too_many() {
        let bodies = Bodies::up_to(100 << 10);
        let read = async |held: &mut Held| {
            let pieces = [60, 10].map(|kib: usize| Ok::<_, Infallible>(Bytes::from(vec![b' '; kib << 10])));
            let body = Body::from_stream(stream::iter(pieces));
            read_body(&HeaderMap::new(), body, 1 << 20, WITHIN, held).await
        };
        let (mut one, mut two) = (bodies.none(), bodies.none());
        assert!(read(&mut one).await.is_ok());
        assert_eq!(read(&mut two).await.unwrap_err().status(), StatusCode::TOO_MANY_REQUESTS);
        drop((one, two));
        assert!(read(&mut bodies.none()).await.is_ok());
    }

    #[tokio::test]
    async fn an_announced_length_beyond_the_limit_is_refused_before_a_byte_is_read() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let failure =
            read_body(&headers(&[(header::CONTENT_LENGTH, "11")]), body, 10, WITHIN, &mut Bodies::new().none())
                .await
                .unwrap_err();
        assert_eq!(failure.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_pauses_is_given_up() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let failure = read_body(&HeaderMap::new(), body, 10, WITHIN, &mut Bodies::new().none()).await.unwrap_err();
        assert_eq!(failure.status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_drop_by_drop_is_given_up_too() {
        let drops = stream::unfold(tokio::time::interval(WITHIN / 2), |mut clock| async {
            clock.tick().await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b" ")), clock))
        });
        let begun = Instant::now();
        let failure =
            read_body(&HeaderMap::new(), Body::from_stream(drops), 1 << 20, WITHIN, &mut Bodies::new().none())
                .await
                .unwrap_err();
        assert_eq!(failure.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(begun.elapsed().as_secs(), 600);
    }

    #[tokio::test]
    async fn what_says_that_it_is_no_plain_json_is_refused() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"] {
            assert!(read(&[(header::CONTENT_TYPE, kind)], &["{}"]).await.is_ok(), "{kind}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
            let refused = read(&[(header::CONTENT_TYPE, kind)], &["{}"]).await.unwrap_err();
            assert_eq!(refused, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        }
        let packed = read(&[(header::CONTENT_ENCODING, "gzip")], &["{}"]).await.unwrap_err();
        assert_eq!(packed, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(read(&[(header::CONTENT_ENCODING, "identity")], &["{}"]).await.is_ok());
    }
}
