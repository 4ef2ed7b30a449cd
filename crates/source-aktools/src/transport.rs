//! One GET, and everything that can go wrong with it before the body is read as an answer.

use std::{error::Error, time::Duration};

/// Largest body that is read. The longest table is about 2 MB; more than this is not an answer.
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
    /// The header `retry-after`, where it counts seconds.
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) body: Vec<u8>,
}

impl Transport {
    /// Gets `url` with these parameters. The error text holds neither the address nor the parameters.
    pub(crate) async fn get(
        &self,
        url: &str,
        params: &[(&'static str, String)],
        timeout: Duration,
    ) -> Result<Response, String> {
        match self {
            Self::Http(http) => send(http, url, params, timeout).await.map_err(|failure| failure.0),
            #[cfg(test)]
            Self::Scripted(script) => script.answer(url, params, timeout).await,
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

async fn send(
    http: &reqwest::Client,
    url: &str,
    params: &[(&'static str, String)],
    timeout: Duration,
) -> Result<Response, Failure> {
    let mut response = http.get(url).query(params).timeout(timeout).send().await?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let retry_after_s = retry_after.and_then(|text| text.trim().parse().ok());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(Failure(format!("the body is larger than {MAX_BODY_BYTES} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, retry_after_s, body })
}

#[cfg(test)]
pub(crate) mod scripted {
    use std::{
        collections::VecDeque,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::Response;

    /// Answers in order, and the questions they were given to.
    #[derive(Debug, Default)]
    pub(crate) struct Script {
        answers: Mutex<VecDeque<Result<Response, String>>>,
        questions: Mutex<Vec<String>>,
        under_way: AtomicUsize,
        /// The most calls that were under way at once.
        pub(crate) most_at_once: AtomicUsize,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Result<(u16, String), &'static str>>) -> Self {
            let answer = |answer: Result<(u16, String), &str>| match answer {
                Ok((status, body)) => Ok(Response { status, retry_after_s: None, body: body.into_bytes() }),
                Err(text) => Err(text.to_owned()),
            };
            Self { answers: Mutex::new(answers.into_iter().map(answer).collect()), ..Self::default() }
        }

        /// Takes a second of tokio's clock, or times out.
        pub(crate) async fn answer(
            &self,
            url: &str,
            params: &[(&'static str, String)],
            timeout: Duration,
        ) -> Result<Response, String> {
            self.questions.lock().unwrap().push(format!("{url} {params:?}"));
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_at_once.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_secs(1).min(timeout)).await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            self.answers.lock().unwrap().pop_front().expect("the script has no further answer")
        }

        pub(crate) fn questions(&self) -> Vec<String> {
            self.questions.lock().unwrap().clone()
        }
    }
}
