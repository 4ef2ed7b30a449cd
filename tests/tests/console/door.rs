//! Who gets in, who stays out, and which changes are refused.

use serde_json::{Value, json};
use system_tests::{
    browser::{Browser, Control},
    console::{Operator, World},
    eventually,
};

/// A path of each daemon that changes something when a form is sent there, and is harmless for what is not there.
const CHANGES: [&str; 3] =
    ["/console/channels/key-5/disable", "/console/jobs/ingest/retry", "/console/orders/TW2026-0003/retry"];

pub(crate) async fn who_is_not_logged_in_is_led_to_the_login_and_back(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.visit("/console").await;
        let first = browser.path().await;
        browser.forget().await;
        let asked = format!("{first}?language=any");
        operator.open(&asked).await;
        let path = browser.path().await;
        assert!(path.starts_with("/console/login?next=%2Fconsole%2F"), "{path}");
        assert!(!browser.says_now("Log out").await);
        operator.enters(operator.token).await;
        browser.says("Log out").await;
        let back = browser.path().await;
        assert!(back == asked || back == first, "{asked} leads back to {back}");
        browser.forget().await;
    }
    // Not to whoever put himself into the address.
    let operator = world.at_the_gateway(browser);
    for foreign in ["https://example.com/", "//example.com/", "/\\example.com", "javascript:alert(1)"] {
        browser.forget().await;
        operator.open(&format!("/console/login?next={foreign}")).await;
        operator.enters(operator.token).await;
        browser.says("Log out").await;
        let url = browser.url().await;
        assert!(url.starts_with(&format!("{}/console", operator.url)), "{foreign} leads to {url}");
    }
}

pub(crate) async fn a_wrong_token_is_refused_and_a_right_one_opens_a_guarded_session(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.open("/console/login").await;
        operator.enters("not-the-token-of-anybody").await;
        browser.says("opens nothing").await;
        assert_eq!(browser.cookies().await.iter().filter(|cookie| cookie.http_only).count(), 0, "no session");
        operator.enters(operator.token).await;
        browser.says("Log out").await;
        let sessions: Vec<_> = browser.cookies().await.into_iter().filter(|cookie| cookie.http_only).collect();
        let [session] = sessions.as_slice() else { panic!("one session: {sessions:?}") };
        assert_eq!(
            (session.same_site.as_str(), session.value.contains(operator.token)),
            ("Strict", false),
            "{session:?}"
        );
        let seen = browser.script("return document.cookie", Vec::new()).await;
        assert!(!seen.as_str().unwrap().contains(&session.name), "scripts see {seen}");
        browser.forget().await;
    }
}

pub(crate) async fn a_change_without_a_session_is_refused(world: &World, _: &Browser) {
    let before = world.gateway.gateway.channel("key-5").await;
    let daemons = [world.gateway.gateway.url(), &world.data.api.url, &world.registry.daemon.url];
    for (daemon, path) in daemons.into_iter().zip(CHANGES) {
        let answer = post(&format!("{daemon}{path}"), "note=nobody").send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(status, 401, "{path}: {text}");
        assert!(text.contains("<h1>"), "a page says so: {text}");
    }
    let after = world.gateway.gateway.channel("key-5").await;
    assert_eq!(before["state"], after["state"]);
}

pub(crate) async fn a_change_from_another_site_is_refused_and_changes_nothing(world: &World, browser: &Browser) {
    let operator = world.at_the_gateway(browser);
    operator.visit("/console/channels/key-5").await;
    let forms = browser.attributes("form[method=post]", "action").await;
    let disable = forms.iter().find(|action| action.ends_with("/disable")).unwrap_or_else(|| panic!("{forms:?}"));
    let names = browser.attributes("main input[type=hidden]", "name").await;
    let token = browser.attributes("main input[type=hidden]", "value").await.remove(0);
    let session = browser.cookies().await.into_iter().find(|cookie| cookie.http_only).unwrap();
    let url = format!("{}{disable}", operator.url);
    let send = async |field: Option<&str>, headers: &[(&str, &str)]| {
        let form = field.map(|value| format!("{}={value}", names[0])).unwrap_or_default();
        let mut request = post(&url, &form).header("cookie", format!("{}={}", session.name, session.value));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let own = operator.url.to_owned();
    for (what, field, headers) in [
        ("no CSRF token", None, vec![("origin", own.as_str())]),
        ("a wrong one", Some("0000000000000000"), vec![("origin", own.as_str())]),
        ("another site", Some(token.as_str()), vec![("origin", "https://example.com")]),
        ("another port", Some(token.as_str()), vec![("origin", "http://127.0.0.1:1")]),
        ("a sandbox", Some(token.as_str()), vec![("origin", "null")]),
        ("cross-site", Some(token.as_str()), vec![("sec-fetch-site", "cross-site")]),
        ("same-site", Some(token.as_str()), vec![("origin", own.as_str()), ("sec-fetch-site", "same-site")]),
    ] {
        assert_eq!(send(field, &headers).await, 403, "{what}");
    }
    assert_eq!(world.gateway.gateway.channel("key-5").await["enabled"], true);

    // A page of another site, in the very browser that is logged in. Another port is another origin, and the same site to
    // `SameSite`: the cookie travels, and the origin alone keeps it out.
    world.at_the_registry(browser).open("/console/login").await;
    let fetch = "const [url, name, value, done] = arguments; \
                 fetch(url, {method: 'POST', mode: 'no-cors', credentials: 'include', \
                   headers: {'content-type': 'application/x-www-form-urlencoded'}, body: `${name}=${value}`}) \
                   .then((answer) => done(answer.type), (error) => done(String(error)))";
    let said = browser.script_that_answers(fetch, vec![json!(url), json!(names[0]), json!(token)]).await;
    assert!(said.is_string());
    // The policy of that page keeps the script from asking; that is noted in the console.
    let noted = browser.console().await;
    assert!(noted.iter().any(|said| said.message.contains("Content Security Policy")), "{noted:?}");
    assert_eq!(world.gateway.gateway.channel("key-5").await["enabled"], true);

    // The same form from the page itself is taken: the refusals were no accident.
    assert_eq!(send(Some(&token), &[("origin", &own), ("sec-fetch-site", "same-origin")]).await, 303);
    assert_eq!(world.gateway.gateway.channel("key-5").await["enabled"], false);
    let (status, said) =
        world.gateway.gateway.admin("PATCH", "/admin/channels/key-5", Some(json!({"enabled": true}))).await;
    assert_eq!(status, 200, "{said}");
}

pub(crate) async fn logging_out_ends_the_session_on_the_server(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.visit("/console").await;
        let page = browser.url().await;
        let session = browser.cookies().await.into_iter().find(|cookie| cookie.http_only).unwrap();
        let cookie = format!("{}={}", session.name, session.value);
        let ask = async || client().get(&page).header("cookie", &cookie).send().await.unwrap().status().as_u16();
        assert_eq!(ask().await, 200);
        browser.click(&Control::button("Log out")).await;
        browser.says("Log in").await;
        assert!(browser.cookies().await.iter().all(|cookie| !cookie.http_only), "the cookie is gone");
        assert_eq!(ask().await, 303, "and worth nothing to whoever kept it");
        operator.open("/console").await;
        assert!(browser.path().await.starts_with("/console/login"));
    }
}

/// Browsers keep cookies by host, not by port.
pub(crate) async fn each_daemon_keeps_its_own_session(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.visit("/console").await;
    }
    for operator in world.operators(browser) {
        operator.open("/console").await;
        browser.says("Log out").await;
    }
}

pub(crate) async fn a_revoked_token_ends_its_session(world: &World, browser: &Browser) {
    let gateway = &world.gateway.gateway;
    let wanted = json!({"profile": "night-shift", "scopes": ["admin"]});
    let (status, issued) = gateway.admin("POST", "/admin/tokens", Some(wanted)).await;
    assert_eq!(status, 201, "{issued}");
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{issued}")).to_owned();
    let (id, secret) = (text(&issued["token"]["id"]), text(&issued["secret"]));
    let operator = Operator { token: &secret, ..world.at_the_gateway(browser) };
    operator.visit("/console").await;
    browser.says("Log out").await;
    let (status, said): (u16, Value) = gateway.admin("DELETE", &format!("/admin/tokens/{id}"), None).await;
    assert!((200..300).contains(&status), "{status} {said}");
    eventually("the session has ended", async || {
        operator.open("/console/channels").await;
        browser.path().await.starts_with("/console/login").then_some(())
    })
    .await;
}

/// The last case: afterwards this address has to wait.
pub(crate) async fn guessing_tokens_is_slowed_down(world: &World, browser: &Browser) {
    for operator in world.operators(browser) {
        operator.open("/console/login").await;
        let mut guesses = 0;
        eventually("guesses are refused for a while", async || {
            operator.enters("a-guess-of-somebody").await;
            guesses += 1;
            let text = browser.text_of("main").await;
            let wait =
                text.split_once("Try again in ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<u32>().ok());
            // A slip of a case before may leave the minute at any moment, and make room for one more.
            (wait? > 15).then_some(())
        })
        .await;
        assert!(guesses > 3, "a slip of the hand is forgiven: {guesses}");
        // Not even the right one, for so long as it says.
        operator.enters(operator.token).await;
        browser.says("Too many failed logins").await;
        let login = post(&format!("{}/console/login", operator.url), &format!("token={}", operator.token));
        let answer = login.send().await.unwrap();
        let wait = answer.headers().get("retry-after").and_then(|wait| wait.to_str().ok()?.parse::<u64>().ok());
        assert_eq!(answer.status().as_u16(), 429);
        assert!(wait.is_some_and(|wait| (1..=60).contains(&wait)), "{wait:?}");
    }
}

/// Somebody who is no browser, and goes nowhere by himself.
fn client() -> reqwest::Client {
    let options = daemon_kit::http::ClientOptions { follow_redirects: false, ..Default::default() };
    daemon_kit::http::client(&options).unwrap()
}

/// A form, sent by such somebody.
fn post(url: &str, form: &str) -> reqwest::RequestBuilder {
    client().post(url).header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
}
