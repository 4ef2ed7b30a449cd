//! The door before the pages: who gets in, who stays out, and what a page from elsewhere cannot do.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{
    clock::Clock,
    config::{Config, Environment},
    problem::Problem,
};
use futures::future::BoxFuture;
use maud::html;
use operator_console::{
    Authority, Console, Daemon, Denied, Fields, NavItem, Text, TokenDigest, Visit,
    testing::{Answer, Browser},
};

const TOKEN: &str = "the-admin-token-of-the-test";
const NAV: &[NavItem] = &[NavItem { path: "/console/things", title: Text { en: "Things", zh: "物品" } }];

#[derive(Default)]
struct Tokens {
    revoked: AtomicBool,
    away: AtomicBool,
}

impl Authority for Tokens {
    fn admit<'a>(&'a self, token: &'a TokenDigest) -> BoxFuture<'a, Result<Arc<str>, Denied>> {
        Box::pin(async move {
            if self.away.load(Ordering::Relaxed) {
                Err(Denied::Unavailable)
            } else if *token == TokenDigest::of(b"reads-only") {
                Err(Denied::Lacks { scope: "admin" })
            } else if *token == TokenDigest::of(TOKEN.as_bytes()) && !self.revoked.load(Ordering::Relaxed) {
                Ok(Arc::from("<alex>"))
            } else {
                Err(Denied::Unknown)
            }
        })
    }
}

struct World {
    clock: Clock,
    tokens: Arc<Tokens>,
    changes: Arc<AtomicUsize>,
    router: Router,
}

impl World {
    fn new() -> Self {
        let clock = Clock::fixed(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000));
        let (tokens, changes) = (Arc::new(Tokens::default()), Arc::new(AtomicUsize::new(0)));
        let config = Config::from_toml("", "test", &Environment::default()).unwrap();
        let console = Console::new(Daemon::Gateway, config.console(), NAV, tokens.clone(), clock.clone());
        let counted = changes.clone();
        let pages =
            Router::new().route("/console/things", get(things)).route("/console/things/{number}", get(thing)).route(
                "/console/things/change",
                post(move |visit: Visit, fields: Fields| async move {
                    fields.only(&["name"])?;
                    let name = fields.require("name")?.to_owned();
                    counted.fetch_add(1, Ordering::Relaxed);
                    Ok::<_, Problem>(visit.done("/console/things", format!("changed {name}")))
                }),
            );
        Self { router: console.routes(pages), clock, tokens, changes }
    }

    fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), "en")
    }

    async fn inside(&self) -> Browser {
        let mut browser = self.browser();
        assert_eq!(browser.log_in(TOKEN).await.status, StatusCode::OK);
        browser
    }

    fn changes(&self) -> usize {
        self.changes.load(Ordering::Relaxed)
    }
}

async fn things(visit: Visit) -> Response {
    visit.page(visit.language.say("Things", "物品"), html! { form method="post" { (visit.csrf()) } })
}

async fn thing(axum::extract::Path(number): axum::extract::Path<u32>) -> Result<Response, Problem> {
    Err(Problem::invalid("number", format!("{number} <b>is</b> none")).allowed([1, 2]))
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::HOST, "console.test")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn policy(answer: &Answer) -> &str {
    answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap()
}

#[tokio::test]
async fn without_a_login_pages_lead_to_it_and_changes_are_refused() {
    let world = World::new();
    let mut browser = world.browser();
    let answer = browser.get("/console/things?limit=5").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.location(), "/console/login?next=%2Fconsole%2Fthings%3Flimit%3D5");
    let live = Request::get("/console/things").header("x-console-live", "1").body(Body::empty());
    assert_eq!(browser.send(live).await.status, StatusCode::UNAUTHORIZED);
    let answer = browser.post("/console/things/change", &[("name", "x")]).await;
    assert_eq!((answer.status, world.changes()), (StatusCode::UNAUTHORIZED, 0));
    assert_eq!(browser.get("/console/nothing").await.status, StatusCode::SEE_OTHER, "nobody learns what there is");
}

#[tokio::test]
async fn a_login_opens_the_pages_and_leads_to_the_one_that_was_wanted() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/console/login?next=%2Fconsole%2Fthings%3Fa%3Db").await;
    assert!(page.body.contains(r#"name="next" value="/console/things?a=b""#), "{}", page.body);
    let answer = browser.post("/console/login", &[("token", TOKEN), ("next", "/console/things?a=b")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/console/things?a=b"));
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["twilight_gateway-proxy=", "; HttpOnly", "; SameSite=Strict", "; Path=/console", "; Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains(TOKEN), "{cookie}");
    let page = browser.get("/console/things").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("&lt;alex&gt;") && !page.body.contains("<alex>"), "{}", page.body);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert!(policy(&page).starts_with("default-src 'none'; script-src 'self'"), "{}", policy(&page));
    let elsewhere = browser.post("/console/login", &[("token", TOKEN), ("next", "//evil.example/")]).await;
    assert_eq!(elsewhere.location(), "/console");
}

#[tokio::test]
async fn over_https_the_cookie_stays_there() {
    let world = World::new();
    let request = form("/console/login").header("x-forwarded-proto", "https");
    let answer = world.browser().send(request.body(Body::from(format!("token={TOKEN}")))).await;
    assert!(answer.headers[header::SET_COOKIE].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn wrong_tokens_are_refused_and_too_many_have_to_wait() {
    let world = World::new();
    let mut browser = world.browser();
    assert_eq!(browser.log_in("").await.status, StatusCode::BAD_REQUEST);
    let lacking = browser.log_in("reads-only").await;
    assert_eq!(lacking.status, StatusCode::FORBIDDEN);
    assert!(lacking.body.contains("“admin”"), "{}", lacking.body);
    for _ in 0..4 {
        let answer = browser.log_in("guess").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.body.contains("opens nothing here") && !answer.body.contains("guess"));
    }
    let limited = browser.log_in(TOKEN).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "the right one too: a guess that hits is still a guess");
    assert_eq!(limited.headers[header::RETRY_AFTER], "60");
    world.clock.advance(TimeDelta::seconds(60));
    assert_eq!(browser.log_in(TOKEN).await.status, StatusCode::OK);
    for _ in 0..10 {
        assert_eq!(browser.log_in(TOKEN).await.status, StatusCode::OK, "logins that succeed are not counted");
    }
}

#[tokio::test]
async fn a_form_changes_something_once_and_says_so_on_the_next_page() {
    let world = World::new();
    let mut browser = world.inside().await;
    let answer = browser.post("/console/things/change", &[("name", "<b>")]).await;
    assert_eq!((answer.status, answer.location(), world.changes()), (StatusCode::SEE_OTHER, "/console/things", 1));
    assert!(browser.get("/console/things").await.body.contains("changed &lt;b&gt;"));
    assert!(!browser.get("/console/things").await.body.contains("changed"), "told once");
}

#[tokio::test]
async fn what_another_sites_page_sends_changes_nothing() {
    let world = World::new();
    let mut browser = world.inside().await;
    let page = browser.get("/console/things").await;
    let csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let body = format!("csrf={csrf}&name=x");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://console.test:8000"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = form("/console/things/change").header(name, value).body(Body::from(body.clone()));
        let answer = browser.send(request).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        let login = form("/console/login").header(name, value).body(Body::from(format!("token={TOKEN}")));
        assert_eq!(browser.send(login).await.status, StatusCode::FORBIDDEN, "a login too: {name}: {value}");
    }
    for body in ["name=x", "csrf=&name=x", "csrf=AAAA&name=x"] {
        let request = form("/console/things/change").body(Body::from(body));
        assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN, "{body}");
    }
    let json = Request::post("/console/things/change").header(header::CONTENT_TYPE, "text/plain");
    let answer = browser.send(json.body(Body::from(body.clone()))).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(world.changes(), 0);
    let own = form("/console/things/change").header(header::ORIGIN, "http://console.test");
    assert_eq!(browser.send(own.body(Body::from(body))).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.changes(), 1);
}

#[tokio::test]
async fn a_session_ends_with_its_logout_its_time_or_its_token() {
    let world = World::new();
    let (mut one, mut other) = (world.inside().await, world.inside().await);
    let stolen = one.clone();
    assert_eq!(one.post("/console/logout", &[]).await.location(), "/console/login");
    assert_eq!(stolen.clone().get("/console/things").await.status, StatusCode::SEE_OTHER, "ended here, not only there");
    assert_eq!(other.get("/console/things").await.status, StatusCode::OK);
    world.tokens.away.store(true, Ordering::Relaxed);
    assert_eq!(other.get("/console/things").await.status, StatusCode::SERVICE_UNAVAILABLE);
    world.tokens.away.store(false, Ordering::Relaxed);
    assert_eq!(other.get("/console/things").await.status, StatusCode::OK, "an outage ends no session");
    world.tokens.revoked.store(true, Ordering::Relaxed);
    assert_eq!(other.get("/console/things").await.status, StatusCode::SEE_OTHER);
    world.tokens.revoked.store(false, Ordering::Relaxed);
    assert_eq!(
        other.get("/console/things").await.status,
        StatusCode::SEE_OTHER,
        "a revoked token's session stays ended"
    );
    let mut third = world.inside().await;
    world.clock.advance(TimeDelta::hours(12));
    assert_eq!(third.get("/console/things").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn refusals_are_pages_of_the_same_status_that_name_the_field() {
    let world = World::new();
    let mut browser = world.inside().await;
    let answer = browser.get("/console/things/7").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    for part in ["7 &lt;b&gt;is&lt;/b&gt; none", "<code>number</code>", "1, 2"] {
        assert!(answer.body.contains(part), "{part}: {}", answer.body);
    }
    assert_eq!(browser.get("/console/things/many").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.get("/console/nothing").await.status, StatusCode::NOT_FOUND);
    let missing = browser.post("/console/things/change", &[("name", " ")]).await;
    assert_eq!((missing.status, world.changes()), (StatusCode::BAD_REQUEST, 0));
    assert!(missing.body.contains("<code>name</code>"), "{}", missing.body);
    let unknown = browser.post("/console/things/change", &[("nmae", "x")]).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    let long = "x".repeat(65 << 10);
    let answer = browser.post("/console/things/change", &[("name", &long)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn language_and_colours_are_a_choice_that_needs_no_login() {
    let world = World::new();
    let mut browser = world.browser();
    assert!(browser.get("/console/login").await.body.contains("Log in"));
    let answer = browser.post("/console/preferences", &[("language", "zh-CN"), ("back", "/console/login")]).await;
    assert_eq!(answer.location(), "/console/login");
    let page = browser.get("/console/login").await.body;
    assert!(page.contains("登录") && page.contains(r#"<html lang="zh-CN">"#), "{page}");
    browser.post("/console/preferences", &[("theme", "dark"), ("back", "https://evil.example/")]).await;
    assert!(browser.get("/console/login").await.body.contains(r#"data-theme="dark""#));
    let wrong = browser.post("/console/preferences", &[("theme", "pink")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("auto, light, dark"), "{}", wrong.body);
}

#[tokio::test]
async fn style_and_script_are_kept_for_good_under_an_address_that_changes_with_them() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/console/login").await.body;
    for (before, kind) in
        [("href=\"/console/assets/console.css", "text/css"), ("src=\"/console/assets/console.js", "text/javascript")]
    {
        let rest = page.split(before).nth(1).unwrap().split('"').next().unwrap();
        let address = format!("{}{rest}", before.split('"').nth(1).unwrap());
        let asset = browser.get(&address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert!(asset.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(kind));
        assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    }
    assert_eq!(browser.get("/console/assets/other.js").await.status, StatusCode::NOT_FOUND);
    assert!(!page.contains("style=") && !page.contains("<style") && !page.contains("onclick"), "{page}");
}
