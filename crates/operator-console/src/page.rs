//! The shell around every page.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use maud::{DOCTYPE, Markup, html};

use crate::{Console, Daemon, Language, address, assets, cookies};

/// What stands on a page.
pub struct Page {
    /// Its name: the heading, and the first part of the window's title.
    pub title: String,
    /// What stands right under the heading.
    pub lead: Option<Markup>,
    /// The rest.
    pub body: Markup,
    /// 200, or what a refusal answers with.
    pub status: StatusCode,
}

/// Which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has them.
    Auto,
    Light,
    Dark,
}

/// How the page is to look, whoever looks.
#[derive(Clone)]
pub(crate) struct Looks {
    pub(crate) language: Language,
    pub(crate) daemon: Daemon,
    theme: Theme,
    /// Path and query of this page.
    path: String,
    /// The page before, where it is one of ours.
    before: Option<String>,
    /// The other daemons' pages, where they can be told.
    systems: [(Daemon, Option<String>); 3],
    /// Whether the browser came over https.
    pub(crate) secure: bool,
}

/// What the shell adds for somebody who is logged in.
pub(crate) struct Inside<'a> {
    pub(crate) operator: &'a str,
    pub(crate) csrf: Markup,
    pub(crate) nav: Vec<(&'static str, &'static str)>,
    pub(crate) flash: Option<(bool, String)>,
    pub(crate) lead: Option<&'a Markup>,
}

impl Theme {
    pub(crate) const COOKIE: &str = "twilight_theme";

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == text)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the button offers.
    fn next(self) -> Self {
        match self {
            Self::Auto => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::Auto,
        }
    }

    fn offer(self, language: Language) -> &'static str {
        match self {
            Self::Auto => language.say("Colours: as the system", "颜色：跟随系统"),
            Self::Light => language.say("Colours: light", "颜色：浅色"),
            Self::Dark => language.say("Colours: dark", "颜色：深色"),
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Auto => "◐",
            Self::Light => "☀",
            Self::Dark => "☾",
        }
    }
}

impl Looks {
    /// As a request has them.
    pub(crate) fn of(console: &Console, request: &Request) -> Self {
        let (headers, uri) = (request.headers(), request.uri());
        let secure = address::is_secure(headers);
        let host = address::host(headers, uri);
        let config = &console.0.config;
        let path = uri.path_and_query().map_or("/console", |path| path.as_str());
        let before = headers.get(header::REFERER).and_then(|before| before.to_str().ok());
        let before = before.and_then(|before| before.split_once("://")?.1.split_once('/'));
        let before = before.filter(|(from, _)| *from == host).map(|(_, path)| format!("/{path}"));
        Self {
            language: Language::of(headers),
            daemon: console.0.daemon,
            theme: cookies::get(headers, Theme::COOKIE).and_then(Theme::parse).unwrap_or(Theme::Auto),
            path: address::local_path(path).unwrap_or("/console").to_owned(),
            before: before.filter(|before| address::local_path(before).is_some()),
            systems: Daemon::ALL.map(|daemon| {
                let own = (daemon == console.0.daemon).then(|| "/console".to_owned());
                (daemon, own.or_else(|| daemon.href(config, host, secure)))
            }),
            secure,
        }
    }

    /// Where "Back" leads.
    pub(crate) fn back(&self) -> &str {
        self.before.as_deref().unwrap_or("/console")
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A page for somebody who is not logged in.
    pub(crate) fn page(&self, title: &str, status: StatusCode, body: &Markup) -> Response {
        self.shell(title, status, body, None)
    }

    /// The whole document.
    pub(crate) fn shell(
        &self,
        title: &str,
        status: StatusCode,
        body: &Markup,
        inside: Option<&Inside<'_>>,
    ) -> Response {
        let language = self.language;
        let theme = (self.theme != Theme::Auto).then(|| self.theme.name());
        let document = html! {
            (DOCTYPE)
            html lang=(language.tag()) data-theme=[theme] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " · " (self.daemon.title(language)) " · Twilight" }
                    (assets::links())
                }
                body {
                    a.skip href="#content" { (language.say("Skip to the content", "跳到正文")) }
                    (self.top(inside))
                    @if let Some(inside) = inside { (self.nav(inside)) }
                    main #content tabindex="-1" {
                        @if let Some((is_good, text)) = inside.and_then(|inside| inside.flash.as_ref()) {
                            p.flash.good[*is_good].bad[!*is_good] role="status" { (text) }
                        }
                        h1 { (title) }
                        @if let Some(lead) = inside.and_then(|inside| inside.lead) { div.lead { (lead) } }
                        (body)
                    }
                    footer { (self.daemon.service()) " · " (language.say("times are Shanghai time", "时间均为上海时间")) }
                }
            }
        };
        (status, Html(document.into_string())).into_response()
    }

    fn top(&self, inside: Option<&Inside<'_>>) -> Markup {
        let language = self.language;
        html! {
            header.top {
                span.brand { "Twilight" }
                nav.systems aria-label=(language.say("Systems", "系统")) {
                    @for (daemon, href) in &self.systems {
                        @let title = daemon.title(language);
                        @match href {
                            Some(href) => a href=(href) aria-current=[(*daemon == self.daemon).then_some("true")] { (title) },
                            None => span.off title=(language.say("set its address in [console]", "请在 [console] 中设置地址")) { (title) },
                        }
                    }
                }
                div.tools {
                    (self.preference("language", language.say("zh-CN", "en"), language.say("切换到中文", "Switch to English"), language.say("中文", "EN")))
                    (self.preference("theme", self.theme.next().name(), self.theme.next().offer(language), self.theme.next().sign()))
                    @if let Some(inside) = inside {
                        span.operator title=(language.say("logged in as", "当前操作者")) { (inside.operator) }
                        form method="post" action="/console/logout" {
                            (inside.csrf)
                            button.plain type="submit" { (language.say("Log out", "退出")) }
                        }
                    }
                }
            }
        }
    }

    fn preference(&self, name: &str, value: &str, label: &str, sign: &str) -> Markup {
        html! {
            form method="post" action="/console/preferences" {
                input type="hidden" name=(name) value=(value);
                input type="hidden" name="back" value=(self.path);
                button.plain type="submit" aria-label=(label) title=(label) { (sign) }
            }
        }
    }

    fn nav(&self, inside: &Inside<'_>) -> Markup {
        let path = self.path.split('?').next().unwrap_or_default();
        let is_here = |item: &str| path == item || path.strip_prefix(item).is_some_and(|rest| rest.starts_with('/'));
        html! {
            nav.pages aria-label=(self.language.say("Pages", "页面")) {
                @for (href, title) in &inside.nav {
                    a href=(href) aria-current=[is_here(href).then_some("page")] { (title) }
                }
            }
        }
    }
}
