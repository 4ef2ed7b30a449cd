//! Who looks at a page, and how it is answered.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use chrono::{DateTime, Utc};
use daemon_kit::problem::Problem;
use maud::{Markup, html};

use crate::{
    Console, Daemon, Language, Page, fields,
    page::{Inside, Looks},
    sessions::{Flash, Found},
};

/// Who looks, in which language. Handlers behind the door take it as an argument.
#[derive(Clone)]
pub struct Visit {
    /// Who it is, as the audit has it.
    pub operator: Arc<str>,
    /// What they read.
    pub language: Language,
    /// When they asked.
    pub now: DateTime<Utc>,
    console: Console,
    session: Found,
    looks: Looks,
}

impl Visit {
    pub(crate) fn new(console: Console, operator: Arc<str>, session: Found, looks: Looks) -> Self {
        Self { operator, language: looks.language, now: console.0.clock.now(), console, session, looks }
    }

    /// A whole page with the heading `title`.
    pub fn page(&self, title: &str, body: Markup) -> Response {
        self.page_with(Page { title: title.to_owned(), lead: None, body, status: StatusCode::OK })
    }

    /// As [`page`](Self::page), with all that may differ.
    pub fn page_with(&self, page: Page) -> Response {
        let parts = &self.console.0;
        let flash = parts.sessions.told(self.session.key);
        let inside = Inside {
            operator: &self.operator,
            csrf: self.csrf(),
            nav: parts.nav.iter().map(|item| (item.path, self.language.text(item.title))).collect(),
            flash: flash.map(|flash| (flash.is_good, flash.text)),
            lead: page.lead.as_ref(),
        };
        self.looks.shell(&page.title, page.status, &page.body, Some(&inside))
    }

    /// A part of a page, for the script that renews it.
    pub fn fragment(&self, body: Markup) -> Response {
        Html(body.into_string()).into_response()
    }

    /// The hidden field that every POST form carries.
    pub fn csrf(&self) -> Markup {
        html! { input type="hidden" name=(fields::CSRF) value=(self.session.csrf); }
    }

    /// Leads to `path`, whose page says what was done.
    pub fn done(&self, path: &str, message: impl Into<String>) -> Response {
        self.lead_to(path, true, message.into())
    }

    /// Leads to `path`, whose page says what was not done: where the form was right, and something else was not.
    pub fn failed(&self, path: &str, message: impl Into<String>) -> Response {
        self.lead_to(path, false, message.into())
    }

    /// Path and query of this very page.
    pub fn path(&self) -> &str {
        self.looks.path()
    }

    pub(crate) fn csrf_token(&self) -> &str {
        &self.session.csrf
    }

    pub(crate) fn daemon(&self) -> Daemon {
        self.console.0.daemon
    }

    pub(crate) fn looks(&self) -> &Looks {
        &self.looks
    }

    /// Ends the session.
    pub(crate) fn end(&self) {
        self.console.0.sessions.close(self.session.key);
    }

    fn lead_to(&self, path: &str, is_good: bool, text: String) -> Response {
        self.console.0.sessions.tell(self.session.key, Flash { is_good, text });
        Redirect::to(path).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // The door puts it there; a handler that is not behind it is our fault.
        parts.extensions.get().cloned().ok_or_else(Problem::internal)
    }
}
