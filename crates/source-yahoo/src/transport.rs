//! One GET, and everything that can go wrong with it before the body is read as an answer.

use std::{error::Error, time::Duration};

/// Largest body that is read. Fifty years of daily bars are about 2 MB; more than this is not an answer.
const MAX_BODY_BYTES: usize = 32 << 20;

/// How a request travels.
#[derive(Debug)]
pub(crate) enum Transport {
    Http(reqwest::Client),
    /// Prepared answers, for tests that pause the clock (a paused clock and real sockets do not go together).
    #[cfg(test)]
    Scripted(std::sync::Arc<scripted::Script>),
}

/// A complete response, whatever its status.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Gets a page. The error text does not hold the address.
    pub(crate) async fn get(&self, url: &str, user_agent: &str, timeout: Duration) -> Result<Response, String> {
        match self {
            Self::Http(http) => send(http, url, user_agent, timeout).await.map_err(|failure| failure.0),
            #[cfg(test)]
            Self::Scripted(script) => script.answer(url),
        }
    }
}

struct Failure(String);

impl From<reqwest::Error> for Failure {
    /// The whole chain, for the outermost text alone says little. The address is left out: it may hold credentials.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}

async fn send(http: &reqwest::Client, url: &str, user_agent: &str, timeout: Duration) -> Result<Response, Failure> {
    let request = http.get(url).header("user-agent", user_agent).header("accept", "*/*").timeout(timeout);
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Failure(format!("the body is larger than {MAX_BODY_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body })
}

#[cfg(test)]
pub(crate) mod scripted {
    use std::{collections::VecDeque, sync::Mutex};

    use super::Response;

    /// Answers in order, and the addresses they were given to.
    #[derive(Debug, Default)]
    pub(crate) struct Script {
        answers: Mutex<VecDeque<Result<Response, String>>>,
        urls: Mutex<Vec<String>>,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Result<(u16, String), &'static str>>) -> Self {
            let answer = |answer: Result<(u16, String), &str>| match answer {
                Ok((status, body)) => Ok(Response { status, body: body.into_bytes() }),
                Err(text) => Err(text.to_owned()),
            };
            Self { answers: Mutex::new(answers.into_iter().map(answer).collect()), urls: Mutex::default() }
        }

        pub(crate) fn answer(&self, url: &str) -> Result<Response, String> {
            self.urls.lock().unwrap().push(url.to_owned());
            self.answers.lock().unwrap().pop_front().expect("the script has no further answer")
        }

        pub(crate) fn urls(&self) -> Vec<String> {
            self.urls.lock().unwrap().clone()
        }
    }
}
