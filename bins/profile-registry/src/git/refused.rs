//! Answers to git's clients, which show a reason only where it is plain text.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use profile_store::StoreError;

/// Why nothing is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No token came along; git asks its user for one.
    NoToken,
    /// The token is not valid.
    BadToken,
    /// Too many guesses; seconds to wait.
    TooMany(i64),
    /// It is not for whoever asks.
    NotForYou(&'static str),
    /// There is nothing there.
    NotThere,
    /// Only smart clients are served.
    Dumb,
    /// The request is compressed, and git compresses none like it.
    Compressed,
    /// Too much is going on.
    Busy,
    /// `OWNERS` cannot be believed.
    OwnersBroken,
    /// Our own fault, which stands in the log.
    Internal,
}

impl Refused {
    fn told(&self) -> (StatusCode, String) {
        match self {
            Self::NoToken => {
                (StatusCode::UNAUTHORIZED, "give your token as the password, with any name as the user".to_owned())
            }
            Self::BadToken => (StatusCode::UNAUTHORIZED, "the token is not valid, or was revoked".to_owned()),
            Self::TooMany(seconds) => (
                StatusCode::TOO_MANY_REQUESTS,
                format!("too many requests without a valid token from this address: wait {seconds} s"),
            ),
            Self::NotForYou(why) => (StatusCode::FORBIDDEN, (*why).to_owned()),
            Self::NotThere => {
                (StatusCode::NOT_FOUND, "there are /git/registry.git and /git/mine.git, and nothing else".to_owned())
            }
            Self::Dumb => (StatusCode::FORBIDDEN, "only git's smart protocol is served: use git 2 or newer".to_owned()),
            Self::Compressed => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "pushes are not compressed as a whole".to_owned()),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the registry is busy: try again in a moment".to_owned()),
            Self::OwnersBroken => (
                StatusCode::SERVICE_UNAVAILABLE,
                "OWNERS cannot be believed: nothing is served to owners until an operator repairs it".to_owned(),
            ),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "the registry failed to answer; its log has the reason".to_owned())
            }
        }
    }

    /// The same for who came by SSH.
    pub(super) fn text(&self) -> String {
        self.told().1
    }

    /// What an error of the store means to a client. Our own faults are logged here.
    pub(super) fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Owners(broken) => {
                tracing::error!(line = broken.line, "nothing is served to owners until OWNERS is repaired: {error}");
                Self::OwnersBroken
            }
            StoreError::Busy(_) => {
                tracing::warn!("use the repository: {error}");
                Self::Busy
            }
            error => {
                tracing::error!(error = error as &dyn std::error::Error, "use the repository: {error}");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, text) = self.told();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        match self {
            Self::NoToken | Self::BadToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Basic realm="twilight""#));
            }
            Self::TooMany(seconds) => {
                metrics::counter!("registry_limited_total").increment(1);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Self::Busy => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        (status, headers, format!("{text}\n")).into_response()
    }
}
