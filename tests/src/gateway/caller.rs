//! A profile that asks the gateway.

use reqwest::{Client, Response, header::HeaderMap};
use serde_json::{Value, json};

/// A profile with its token. Clones are the same profile on the same connections.
#[derive(Clone)]
pub struct Caller {
    url: String,
    /// The token; it opens nothing outside of tests.
    pub token: String,
    client: Client,
}

/// An answer of the gateway, read to its end.
#[derive(Debug)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// Whether the body came to its end in order.
    pub whole: bool,
}

/// A chat's body, with the members of `more`.
pub fn chat_body(more: Value) -> Value {
    let mut body = json!({
        "model": "qwen-plus", "max_tokens": 16, "messages": [{"role": "user", "content": "How did the market close?"}],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

impl Caller {
    /// A caller with a token of its own making.
    pub fn new(url: &str, token: &str, client: Client) -> Self {
        Self { url: url.to_owned(), token: token.to_owned(), client }
    }

    /// The same caller at another address: a gateway that was started again.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The head of an answer.
    ///
    /// # Errors
    /// If there is none.
    pub async fn begin(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body).send().await
    }

    /// An answer, read to its end.
    ///
    /// # Errors
    /// If there is no head of one.
    pub async fn try_ask(&self, path: &str, body: &Value) -> reqwest::Result<Said> {
        Ok(read(self.begin(path, body).await?).await)
    }

    /// The answer to a `GET`.
    ///
    /// # Panics
    /// If there is none.
    pub async fn get(&self, path: &str) -> Said {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        read(request.send().await.unwrap_or_else(|error| panic!("GET {path}: {error:?}"))).await
    }

    /// A chat of the usual body with the members of `more`.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn chat(&self, more: Value) -> Said {
        self.try_ask("/v1/chat/completions", &chat_body(more)).await.unwrap_or_else(|error| panic!("{error:?}"))
    }
}

/// The rest of an answer.
pub async fn read(mut answer: Response) -> Said {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let mut bytes = Vec::new();
    let whole = loop {
        match answer.chunk().await {
            Ok(Some(part)) => bytes.extend_from_slice(&part),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Said { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text, whole }
}

impl Said {
    /// The text of a header; empty without it.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The channel that answered.
    pub fn channel(&self) -> &str {
        self.header("x-twilight-channel")
    }

    /// `error.code` of a refusal; empty without one.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}
