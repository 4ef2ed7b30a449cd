//! The one way to make an HTTP client: TLS provider, time-outs and user agent are never forgotten.

use std::{error::Error as _, sync::Once, time::Duration};

use reqwest::redirect::{Attempt, Policy};

/// Redirects that one request follows.
const REDIRECTS_MAX: usize = 5;

/// How a client behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Bound on connecting, TLS included. Default 5 s.
    pub connect_timeout: Duration,
    /// Bound on a whole request, from connecting to the last byte of the body. Default 30 s.
    pub request_timeout: Duration,
    /// Sent as `user-agent`. Default `twilight/<version>`.
    pub user_agent: String,
    /// Whether redirects are followed, see [`client`]. Default yes. Not for a client that posts: behind most redirects a POST
    /// goes on as a GET without its body, and the answer to that says nothing about what was to be posted.
    pub follow_redirects: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            user_agent: format!("twilight/{}", env!("CARGO_PKG_VERSION")),
            follow_redirects: true,
        }
    }
}

/// Builds a client; it pools connections, so make one and clone it.
///
/// Addresses and bodies hold keys, so a redirect is followed on the same host only, never from TLS to plain text, and nobody
/// is told the address that led to him: any other redirect is the answer itself, with its status.
///
/// # Errors
/// When the user agent is no header value, or the machine's root certificates cannot be used.
pub fn client(options: &ClientOptions) -> Result<reqwest::Client, reqwest::Error> {
    install_tls_provider();
    let follow_redirects = options.follow_redirects;
    let policy = Policy::custom(
        move |attempt| {
            if follow_redirects && stays(&attempt) { attempt.follow() } else { attempt.stop() }
        },
    );
    reqwest::Client::builder()
        .connect_timeout(options.connect_timeout)
        .timeout(options.request_timeout)
        .user_agent(&options.user_agent)
        .redirect(policy)
        .referer(false)
        .build()
}

/// Whether a redirect leads to the host that sent it, as safely as before.
fn stays(attempt: &Attempt<'_>) -> bool {
    let to = attempt.url();
    let is_same =
        |from: &reqwest::Url| from.host() == to.host() && (from.scheme() == to.scheme() || to.scheme() == "https");
    attempt.previous().len() <= REDIRECTS_MAX && attempt.previous().last().is_some_and(is_same)
}

/// The error and its causes in one line, for the outermost text alone says little. The address is left out: it may hold a key.
pub fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Makes `ring` the process's TLS provider. Does nothing after the first call; [`client`] calls it.
pub fn install_tls_provider() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // An error says that somebody installed one before us, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_made_twice_in_one_process() {
        client(&ClientOptions::default()).unwrap();
        client(&ClientOptions::default()).unwrap();
    }

    #[tokio::test]
    async fn a_reason_names_the_cause_and_not_the_address() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/?key=sk-hidden");
        let error = client(&ClientOptions::default()).unwrap().get(url).send().await.unwrap_err();
        let told = reason(error).to_lowercase();
        assert!(told.contains("refused") && !told.contains("hidden"), "{told}");
    }

    #[test]
    fn a_user_agent_with_a_line_break_is_an_error() {
        let options = ClientOptions { user_agent: "a\nb".to_owned(), ..ClientOptions::default() };
        client(&options).unwrap_err();
    }
}
