//! The operator's pages, looked at without a window: a login, pages, forms.

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};

use crate::app::{OPERATOR, TestApp};

/// Somebody who is logged in.
pub(crate) struct Operator<'a> {
    app: &'a TestApp,
    cookies: String,
    csrf: String,
}

impl<'a> Operator<'a> {
    /// Logs in; `language` is `en` or `zh-CN`.
    pub(crate) async fn log_in(app: &'a TestApp, language: &str) -> Self {
        let login = log_in(app, OPERATOR).await;
        assert_eq!(login.status(), StatusCode::SEE_OTHER, "{}", login.text().await.unwrap());
        let session = cookie(&login);
        let mut operator =
            Self { app, cookies: format!("{session}; twilight_language={language}"), csrf: String::new() };
        operator.page("/console/overview").await;
        operator
    }

    /// The HTML of a page that must be there, not larger than a page may be.
    pub(crate) async fn page(&mut self, path: &str) -> String {
        let (status, html) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {html}");
        assert!(html.len() < 100_000, "{path} has {} bytes", html.len());
        for forbidden in [" style=", "<style", "<script>", " onclick="] {
            assert!(!html.contains(forbidden), "{path} has {forbidden}");
        }
        html
    }

    /// The answer to a GET, not followed anywhere.
    pub(crate) async fn response(&self, path: &str) -> Response {
        self.app.request(Method::GET, path).header(header::COOKIE, &self.cookies).send().await.unwrap()
    }

    /// Whatever a GET answers.
    pub(crate) async fn get(&mut self, path: &str) -> (StatusCode, String) {
        let response = self.response(path).await;
        let (status, html) = (response.status(), response.text().await.unwrap());
        if let Some((_, rest)) = html.split_once("name=\"csrf\" value=\"") {
            rest.split('"').next().unwrap().clone_into(&mut self.csrf);
        }
        (status, html)
    }

    /// Sends a form.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let mut fields: Vec<_> = fields.to_vec();
        fields.push(("csrf", &self.csrf));
        form(self.app, path, &fields).header(header::COOKIE, &self.cookies).send().await.unwrap()
    }

    /// Sends a form that must be done, and answers with the page that it leads to.
    pub(crate) async fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let response = self.post(path, fields).await;
        let (status, to) = (response.status(), response.headers().get(header::LOCATION).cloned());
        let text = response.text().await.unwrap();
        assert_eq!(status, StatusCode::SEE_OTHER, "{path} {fields:?}: {text}");
        self.page(to.unwrap().to_str().unwrap()).await
    }
}

/// Sends the login form.
pub(crate) async fn log_in(app: &TestApp, token: &str) -> Response {
    form(app, "/console/login", &[("token", token)]).send().await.unwrap()
}

fn form(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.request(Method::POST, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
}

/// The session's cookie.
fn cookie(login: &Response) -> String {
    let cookies = login.headers().get_all(header::SET_COOKIE).iter();
    let pairs = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}
