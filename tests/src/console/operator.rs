//! Somebody who looks at one daemon's pages.

use crate::browser::{Browser, Control};

/// A person before a browser, with a daemon's address and token.
#[derive(Clone, Copy)]
pub struct Operator<'a> {
    /// What they look through.
    pub browser: &'a Browser,
    /// The daemon: `http://127.0.0.1:port`.
    pub url: &'a str,
    /// What opens its pages.
    pub token: &'a str,
}

impl<'a> Operator<'a> {
    /// Somebody who has this token.
    pub fn new(browser: &'a Browser, url: &'a str, token: &'a str) -> Self {
        Self { browser, url, token }
    }

    /// Opens a page of the daemon.
    pub async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
    }

    /// Opens a page, logging in if that is asked for.
    pub async fn visit(&self, path: &str) {
        self.open(path).await;
        if self.browser.path().await.starts_with("/console/login") {
            self.enters(self.token).await;
            // On the way it is led on.
            let inside = async || (self.browser.count("form[action='/console/logout']").await > 0).then_some(());
            self.browser.waits_for("somebody is logged in", inside).await;
        }
    }

    /// Writes a token into the login page that is open, and sends it.
    pub async fn enters(&self, token: &str) {
        self.browser.script("document.getElementById('token').value = arguments[0]", vec![token.into()]).await;
        let english = Control::button("Log in");
        let button = if self.browser.has(&english).await { english } else { Control::button("登录") };
        self.browser.click(&button).await;
    }
}
