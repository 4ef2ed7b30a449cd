//! The server: the handle that tests hold.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

use http_body_util::BodyExt as _;
use hyper::{Request, Response, body::Incoming};

use super::{
    answer::LlmAnswer,
    books::LlmBook,
    calls::LlmCalls,
    control,
    dialect::LlmDialect,
    faults::LlmFaults,
    listener::{hang_up, listen},
    options::{LlmKey, LlmOptions},
    respond::Call,
    script::Script,
    vendor::Vendor,
};
use crate::http::HttpServer;

/// A running provider. Dropping it closes its sockets.
pub struct LlmServer {
    /// Where it listens: `http://127.0.0.1:…`, without a slash at the end.
    pub url: String,
    http: HttpServer,
    vendor: Arc<Vendor>,
}

impl LlmServer {
    /// Starts a provider.
    ///
    /// # Errors
    ///
    /// If the address of the options cannot be bound.
    pub async fn start(options: LlmOptions) -> io::Result<Self> {
        let address = options.address;
        let vendor = Arc::new(Vendor::new(options));
        let answering = Arc::clone(&vendor);
        let http = listen(address, move |request| answer(Arc::clone(&answering), request)).await?;
        Ok(Self { url: http.url.clone(), http, vendor })
    }

    /// The URL that a channel is configured with: with the dialect's prefix, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("{}{}", self.url, self.vendor.options.dialect.prefix())
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.http.address
    }

    /// Whose API it speaks.
    pub fn dialect(&self) -> LlmDialect {
        self.vendor.options.dialect
    }

    /// Its keys.
    pub fn keys(&self) -> &[LlmKey] {
        &self.vendor.options.keys
    }

    /// The handle that bends its answers.
    pub fn faults(&self) -> &LlmFaults {
        &self.vendor.faults
    }

    /// What it was asked.
    pub fn calls(&self) -> &LlmCalls {
        &self.vendor.calls
    }

    /// What a key was billed.
    pub fn book(&self, key: &str) -> LlmBook {
        self.vendor.books.of(key)
    }

    /// What every key was billed; `?` is the book of unknown ones.
    pub fn books(&self) -> BTreeMap<String, LlmBook> {
        self.vendor.books.all()
    }

    /// Nano-yuan billed to all keys.
    pub fn billed_nano(&self) -> i64 {
        self.books().values().map(|book| book.billed_nano).sum()
    }

    /// Changes the ordinary answer of the calls to come.
    pub fn set_answer(&self, answer: LlmAnswer) {
        *self.vendor.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// Closes the socket and every connection: from now on connections are refused.
    pub async fn go_down(&self) {
        self.http.go_down().await;
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    ///
    /// If somebody else took the port in the meantime.
    pub async fn come_back(&self) -> io::Result<()> {
        self.http.come_back().await
    }
}

async fn answer(vendor: Arc<Vendor>, request: Request<Incoming>) -> io::Result<Response<Script>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = head.uri.path();
    if vendor.options.control && path.starts_with("/_sim/") {
        return Ok(control::respond(&vendor, &head.method, path, &body));
    }
    let call = Call { path: path.to_owned(), method: head.method, headers: head.headers, body };
    vendor.respond(call).await.ok_or_else(hang_up)
}
