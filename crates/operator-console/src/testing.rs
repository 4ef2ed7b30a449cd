//! For tests of pages: a login, and pages asked for without a socket.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use futures::future::BoxFuture;
use tower::ServiceExt as _;

use crate::{Authority, Denied, TokenDigest, fields};

/// Lets one token in, under the name `tester`.
#[derive(Clone, Copy, Debug)]
pub struct OneToken(pub &'static str);

impl Authority for OneToken {
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>> {
        let is_it = *token == TokenDigest::of(self.0.as_bytes());
        Box::pin(async move { if is_it { Ok(Arc::from("tester")) } else { Err(Denied::Unknown) } })
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

/// A browser without a window: it keeps its cookies, and sends the CSRF token that it last saw.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
    csrf: String,
}

impl Answer {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default()
    }
}

impl Browser {
    /// Before any login; `language` is what it prefers (`en`, `zh-CN`).
    pub fn new(router: Router, language: &str) -> Self {
        let cookies = vec![(crate::language::COOKIE.to_owned(), language.to_owned())];
        Self { router, cookies, csrf: String::new() }
    }

    /// Logs in with `token`, and sees the first page.
    pub async fn log_in(&mut self, token: &str) -> Answer {
        let answer = self.post("/console/login", &[("token", token)]).await;
        if answer.status != StatusCode::SEE_OTHER {
            return answer;
        }
        let home = self.get("/console").await;
        self.get(home.location()).await
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty())).await
    }

    /// Sends a form, with the CSRF token of the last page that had one.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair(fields::CSRF, &self.csrf).extend_pairs(fields);
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.finish()))).await
    }

    /// Sends any request, with its cookies.
    ///
    /// # Panics
    /// Where `request` is none.
    pub async fn send(&mut self, request: Result<Request<Body>, axum::http::Error>) -> Answer {
        let mut request = request.unwrap_or_else(|error| panic!("a request: {error}"));
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if let Ok(cookies) = pairs.join("; ").parse() {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let answer =
            Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() };
        self.learn(&answer);
        answer
    }

    fn learn(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().and_then(|pair| pair.split_once('='));
            let Some((name, value)) = pair else { continue };
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let field = format!("name=\"{}\" value=\"", fields::CSRF);
        if let Some((_, rest)) = answer.body.split_once(&field) {
            rest.split('"').next().unwrap_or_default().clone_into(&mut self.csrf);
        }
    }
}
