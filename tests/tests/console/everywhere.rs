//! What holds on every page.

use system_tests::{
    browser::{Browser, Look, Scheme},
    console::{Operator, World, crawl},
};

use crate::cases::faults;

/// The largest document that is served.
const PAGE_BYTES: usize = 100_000;
const ENGLISH: &str = "en";
const CHINESE: &str = "zh-CN";
/// However somebody looks: the first two between them have every width and colour.
const LOOKS: [Look; 4] = [
    Look::desktop(Scheme::Light),
    Look::small_phone(Scheme::Dark),
    Look::phone(Scheme::Light),
    Look::desktop(Scheme::Dark),
];
const POLICY: [&str; 4] = ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'"];

pub(crate) async fn every_page_is_sound_in_both_languages_on_desk_and_phone_light_and_dark(
    world: &World,
    browser: &Browser,
) {
    // A browser for each daemon: their pages are many.
    let (second, third) = tokio::join!(Browser::start(), Browser::start());
    let (second, third) = (second.unwrap(), third.unwrap());
    let found = tokio::join!(
        on_all_pages(world.at_the_gateway(browser)),
        on_all_pages(world.at_the_warehouse(&second)),
        on_all_pages(world.at_the_registry(&third)),
    );
    let problems = [found.0, found.1, found.2].concat();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// What is wrong with a daemon's pages.
async fn on_all_pages(operator: Operator<'_>) -> Vec<String> {
    let browser = operator.browser;
    browser.requests().await;
    let mut pages = crawl(operator).await;
    assert!(pages.len() > 2, "{pages:?}");
    pages.push("/console/there-is-no-such-page".to_owned());
    let mut problems = Vec::new();
    for language in [ENGLISH, CHINESE] {
        browser.speak(language).await;
        // Filters show the same page again: once is enough.
        for path in pages.iter().filter(|path| language == ENGLISH || !path.contains('?')) {
            problems.extend(wrong_with(operator, path, language).await);
        }
    }
    browser.speak(ENGLISH).await;
    // The page of who is not logged in.
    browser.forget().await;
    problems.extend(wrong_with(operator, "/console/login", ENGLISH).await);
    let asked = browser.requests().await;
    let elsewhere = asked.iter().filter(|url| !url.starts_with("data:") && !url.starts_with(operator.url));
    problems.extend(elsewhere.map(|url| format!("asks somebody else: {url}")));
    println!("     {} pages of {}, {} requests", pages.len(), operator.url, asked.len());
    problems
}

/// What is wrong with one page, however it is looked at.
async fn wrong_with(operator: Operator<'_>, path: &str, language: &str) -> Vec<String> {
    let browser = operator.browser;
    browser.look(LOOKS[0]).await;
    operator.open(path).await;
    let mut problems = head(browser).await;
    let is_chinese = browser.attributes("html", "lang").await == [CHINESE];
    if is_chinese != (language == CHINESE) {
        problems.push("is not in this language".to_owned());
    }
    // Other words may be wider; they have the same colours and names wherever the English ones have.
    let looks: &[Look] = if is_chinese { &LOOKS[..2] } else { &LOOKS };
    for (number, look) in looks.iter().enumerate() {
        let mut found = if number == 0 {
            browser.judge().await
        } else {
            browser.look(*look).await;
            browser.judge_what_is_seen().await
        };
        let ground = browser.script("return getComputedStyle(document.body).backgroundColor", Vec::new()).await;
        if is_dark(&ground) != (look.scheme == Scheme::Dark) {
            found.push(format!("the ground is {ground}"));
        }
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", look.name())));
    }
    problems.extend(faults(browser.console().await).into_iter().map(|fault| format!("the console says: {fault:?}")));
    problems.into_iter().map(|problem| format!("{path} ({language}) {problem}")).collect()
}

/// Headers, size and status of the page that is open, asked for once more by the page itself.
async fn head(browser: &Browser) -> Vec<String> {
    let fetch = "const done = arguments[0]; \
                 fetch(location.href).then(async (answer) => done([answer.status, (await answer.blob()).size, \
                   answer.headers.get('content-security-policy') ?? '', answer.headers.get('cache-control') ?? '', \
                   answer.headers.get('x-content-type-options') ?? '']), (error) => done([0, 0, String(error), '', '']))";
    let told = browser.script_that_answers(fetch, Vec::new()).await;
    let (status, size) = (told[0].as_u64().unwrap_or_default(), told[1].as_u64().unwrap_or_default() as usize);
    let text = |at: usize| told[at].as_str().unwrap_or_default();
    let mut problems = Vec::new();
    if !matches!(status, 200 | 404) {
        problems.push(format!("answers {status}"));
    }
    if size > PAGE_BYTES {
        problems.push(format!("has {size} bytes"));
    }
    problems
        .extend(POLICY.iter().filter(|rule| !text(2).contains(*rule)).map(|rule| format!("no {rule}: {}", text(2))));
    if !text(3).contains("no-store") {
        problems.push(format!("may be kept: {}", text(3)));
    }
    if text(4) != "nosniff" {
        problems.push("may be sniffed".to_owned());
    }
    problems
}

/// Whether a colour, as the browser computes it, is a dark one.
fn is_dark(colour: &serde_json::Value) -> bool {
    let numbers = colour.as_str().unwrap_or_default().split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let parts: Vec<f64> = numbers.filter_map(|part| part.parse().ok()).take(3).collect();
    !parts.is_empty() && parts.iter().sum::<f64>() / 3.0 < 80.0
}
